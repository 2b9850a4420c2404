import { compile } from './compile.ts';
import { environmentFrom, expressionErrorFrom, type ExpressionOptions } from './expression.ts';
import type { ExpressionErrorCode, ExpressionErrorDetails } from './expression-error.ts';
import { isArray, isObject, type Json, type JsonObject, type Value } from './json.ts';
import { MAX_NESTING } from './limits.ts';
import { parse } from './parse.ts';
import { type Piece, type Placeholder, piecesOf } from './placeholders.ts';
import { type Evaluate, Scope } from './scope.ts';
import { joined, jsonText } from './text.ts';

/** One failed expression of a template; the offsets are those in {@link TemplateError.expression}. */
export interface TemplateError extends ExpressionErrorDetails {
  /** The source between the braces; empty when the template itself is at fault. */
  readonly expression: string;
  /** Where the text is in the configuration, such as `body` or `headers[0].value`. */
  readonly path: string;
  readonly message: string;
  readonly code: ExpressionErrorCode;
  /** Found when it was compiled, whatever the data; else the data did not fit. */
  readonly isStatic: boolean;
}

/** Options of {@link compileTemplate}. */
export interface TemplateOptions extends ExpressionOptions {
  /**
   * What becomes of a text in which one of several pieces fails: `written` (default) leaves that placeholder as it was
   * written, `null` makes the whole text null. A text that is one placeholder becomes null in any case.
   */
  readonly failedText?: 'written' | 'null';
}

/** A configuration ready to be filled in any number of times. */
export interface CompiledTemplate {
  /**
   * Fills in the template with `data` as `$`. Never throws: a lone placeholder that fails becomes null, in text
   * {@link TemplateOptions.failedText} says, and the failure is listed. Parts without expressions are shared between results, and values are taken over by reference.
   */
  evaluate(data: Json | undefined): TemplateResult;
  /** Whether every evaluation gives the configuration itself. */
  readonly isConstant: boolean;
  /** The expressions used, in the order of the configuration. */
  readonly sources: readonly string[];
  /** What does not compile. It fails again, with the same error, in every evaluation. */
  readonly compileErrors: readonly TemplateError[];
}

export interface TemplateResult {
  readonly value: Json;
  readonly errors: readonly TemplateError[];
}

/**
 * Compiles every `{{ … }}` in the texts of a configuration, which must be an object. Keys are never evaluated.
 * Constant parts are frozen in place.
 */
export function compileTemplate(configuration: Json, options: TemplateOptions = {}): CompiledTemplate {
  const compiler = new TemplateCompiler(options.failedText ?? 'written');
  const fill = isObject(configuration)
    ? compiler.compile(configuration, '', 0)
    : compiler.fail('TYPE', '', 'a template must be an object; put the value under a key');
  const { sources, compileErrors } = compiler;
  if (fill === undefined) {
    const result: TemplateResult = { value: configuration, errors: NO_ERRORS };
    return { evaluate: () => result, isConstant: true, sources, compileErrors };
  }
  const environment = environmentFrom(options);
  const evaluate = (data: Json | undefined): TemplateResult => {
    const run = new Run(data, environment);
    const value = fill(run);
    return { value, errors: run.errors };
  };
  return { evaluate, isConstant: false, sources, compileErrors };
}

const NO_ERRORS: readonly TemplateError[] = Object.freeze([]);

/** Fills in one part of the configuration. */
type Fill = (run: Run) => Json;

/** One evaluation of a template. */
class Run extends Scope {
  #errors: TemplateError[] | undefined;

  get errors(): readonly TemplateError[] {
    return this.#errors ?? NO_ERRORS;
  }

  report(error: TemplateError): null {
    this.#errors ??= [];
    this.#errors.push(error);
    return null;
  }

  /** @returns `undefined` after a failure, which is reported, and for a missing value as null. */
  attempt(evaluate: Evaluate, expression: string, path: string): Json | undefined {
    this.reset();
    try {
      return evaluate(this) ?? null;
    } catch (error) {
      this.report(templateErrorFrom(error, { expression, path, isStatic: false }));
      return undefined;
    }
  }
}

class TemplateCompiler {
  readonly sources: string[] = [];
  readonly compileErrors: TemplateError[] = [];
  readonly #failedText: 'written' | 'null';

  constructor(failedText: 'written' | 'null') {
    this.#failedText = failedText;
  }

  /** @returns `undefined` for a part without expressions, which is then frozen. */
  compile(part: Json, path: string, depth: number): Fill | undefined {
    if (typeof part === 'string') return this.#text(part, path);
    if (typeof part !== 'object' || part === null) return undefined;
    if (depth >= MAX_NESTING)
      return this.fail('LIMIT', path, `a template nests at most ${MAX_NESTING} levels deep`);
    const fill = isArray(part) ? this.#array(part, path, depth + 1) : this.#object(part, path, depth + 1);
    if (fill === undefined) Object.freeze(part);
    return fill;
  }

  /** Lists an error and compiles to reporting it again. */
  fail(code: ExpressionErrorCode, path: string, message: string, expression = ''): Fill {
    const error: TemplateError = Object.freeze({ expression, path, message, code, isStatic: true });
    this.compileErrors.push(error);
    return (run) => run.report(error);
  }

  #object(part: JsonObject, path: string, depth: number): Fill | undefined {
    const dynamic: Array<readonly [key: string, fill: Fill]> = [];
    const skeleton = Object.entries(part).map(([key, value]): [string, Json] => {
      const fill = this.compile(value, memberPath(path, key), depth);
      if (fill === undefined) return [key, value];
      dynamic.push([key, fill]);
      return [key, null];
    });
    if (dynamic.length === 0) return undefined;
    // Every key is an own property of the skeleton, so that assigning to `__proto__` sets a field like any other.
    const constant: JsonObject = Object.fromEntries(skeleton);
    return (run) => {
      const filled: Record<string, Json> = { ...constant };
      for (const [key, fill] of dynamic) filled[key] = fill(run);
      return filled;
    };
  }

  #array(part: readonly Json[], path: string, depth: number): Fill | undefined {
    const fills = part.map((item, index) => this.compile(item, `${path}[${index}]`, depth));
    if (fills.every((fill) => fill === undefined)) return undefined;
    return (run) =>
      part.map((item, index) => fills[index]?.(run) ?? (fills[index] === undefined ? item : null));
  }

  #text(text: string, path: string): Fill | undefined {
    const pieces = piecesOf(text);
    if (pieces.every((piece) => piece.kind === 'text')) return undefined;
    const [only] = pieces;
    if (pieces.length === 1 && only?.kind === 'placeholder') return this.#pure(only.source, path);
    return this.#interpolated(pieces, path);
  }

  #pure(source: string, path: string): Fill {
    const evaluate = this.#expression(source, path);
    if (typeof evaluate !== 'function') return (run) => run.report(evaluate);
    return (run) => run.attempt(evaluate, source, path) ?? null;
  }

  #interpolated(pieces: readonly Piece[], path: string): Fill {
    const parts = pieces.map((piece) => (piece.kind === 'text' ? piece.text : this.#part(piece, path)));
    return (run) => {
      const texts: string[] = [];
      let isFailed = false;
      for (const part of parts) {
        const text = typeof part === 'string' ? part : part(run);
        if (text === undefined) isFailed = true;
        else texts.push(text);
      }
      return isFailed ? null : (run.attempt(() => joined(texts), '', path) ?? null);
    };
  }

  /** One placeholder as text; `undefined` when its failure fails the whole text, after the others reported theirs. */
  #part({ source, written }: Placeholder, path: string): (run: Run) => string | undefined {
    const evaluate = this.#expression(source, path);
    const failed = this.#failedText === 'written' ? written : undefined;
    if (typeof evaluate !== 'function') {
      return (run) => {
        run.report(evaluate);
        return failed;
      };
    }
    const toText: Evaluate = (scope) => textForm(evaluate(scope));
    return (run) => (run.attempt(toText, source, path) as string | undefined) ?? failed;
  }

  #expression(source: string, path: string): Evaluate | TemplateError {
    this.sources.push(source);
    try {
      return compile(parse(source), source);
    } catch (error) {
      const failure = templateErrorFrom(error, { expression: source, path, isStatic: true });
      this.compileErrors.push(failure);
      return failure;
    }
  }
}

function textForm(value: Value): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? jsonText(value) : String(value);
}

function templateErrorFrom(
  error: unknown,
  where: Pick<TemplateError, 'expression' | 'path' | 'isStatic'>,
): TemplateError {
  const { message, code, position, text, start, expected, suggestion, operand } = expressionErrorFrom(error);
  return Object.freeze({ ...where, message, code, position, text, start, expected, suggestion, operand });
}

const PLAIN_KEY = /^[\p{L}_][\p{L}\p{N}_-]*$/u;

function memberPath(path: string, key: string): string {
  if (!PLAIN_KEY.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
