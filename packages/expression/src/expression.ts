import { systemClock } from './clock.ts';
import { compile } from './compile.ts';
import { ExpressionError } from './expression-error.ts';
import { type Fill, generateExpression } from './generate.ts';
import type { Json, Value } from './json.ts';
import { parse } from './parse.ts';
import { directWalk } from './path.ts';
import { systemRandom } from './random.ts';
import { type Environment, Scope } from './scope.ts';
import { warming } from './warming.ts';

export interface ExpressionOptions {
  /** The time for `now()`, in milliseconds since the Unix epoch; default the system clock. */
  readonly now?: (() => number) | undefined;
  /** A number in [0, 1) for `rand` and `randInt`; default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** An expression ready to run any number of times. */
export interface CompiledExpression {
  readonly source: string;
  /**
   * Evaluates the expression with `data` as `$`. Nothing is parsed, and parts of `data` are returned as they are.
   *
   * @returns `undefined` when the expression is a path that found nothing.
   * @throws ExpressionError `TYPE`, `ARITHMETIC`, `PATTERN` or `LIMIT`.
   */
  evaluate(data: Json | undefined): Json | undefined;
}

/**
 * Compiles one expression, such as `$.user.age + 1`, without braces.
 *
 * @throws ExpressionError with the position of what does not compile.
 */
export function compileExpression(source: string, options: ExpressionOptions = {}): CompiledExpression {
  const node = parse(source);
  const evaluate = compile(node, source);
  const environment = environmentFrom(options);
  const cold = directWalk(node) ?? ((data: Value) => evaluate(new Scope(data, environment)));
  const warm = warming(cold, () => {
    const hot = generateExpression(source, evaluate, environment);
    return hot && ((data) => either(hot, cold, data));
  });
  return {
    source,
    evaluate: (data) => {
      try {
        return warm(data);
      } catch (error) {
        throw expressionErrorFrom(error);
      }
    },
  };
}

/** What fails in the first is left to the second, which tells where. */
function either(first: Fill, second: Fill, data: Value): Value {
  try {
    return first(data);
  } catch {
    return second(data);
  }
}

export function environmentFrom({
  now = systemClock,
  random = systemRandom,
}: ExpressionOptions): Environment {
  return { now, random };
}

/** Any failure as an ExpressionError; a stack overflow of the host is a limit like the others. */
export function expressionErrorFrom(error: unknown): ExpressionError {
  if (ExpressionError.is(error)) return error;
  return new ExpressionError('LIMIT', 'the evaluation failed in the host; the data may be too large', {
    cause: error,
  });
}
