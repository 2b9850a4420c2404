import { Optional } from '@marcbachmann/cel-js';

import { compileErrorText } from './cel/compile-error.ts';
import { KUBERNETES_CEL } from './cel/environment.ts';
import { makeMatchesLinear, readsVariable } from './cel/syntax-tree.ts';
import { typedEnvironment } from './cel/typed-environment.ts';
import type { CelValue } from './cel/values.ts';
import { estimateCost } from './cel/cost.ts';
import { shapeOfSchema, type Shape } from './cel/shape.ts';
import type { Schema } from './schema.ts';

/** What an expression may refer to. */
export interface CelVariables {
  readonly self: CelValue;
  readonly oldSelf?: CelValue | undefined;
}

/** How an expression is to be compiled. */
export interface CelOptions {
  /** What it must come to. */
  readonly result: 'bool' | 'string';
  /** Whether `oldSelf` is an optional value, so that the expression counts for new objects as well. */
  readonly hasOptionalOldSelf?: boolean;
  /** Whether its types are known to fit, because the definition it is from was accepted. */
  readonly isChecked?: boolean;
}

/** A compiled expression. */
export interface CelProgram {
  readonly source: string;
  /** Whether it compares with the state before an update. */
  readonly readsOldSelf: boolean;
  /** What it may cost at most with values of its schema. */
  readonly maxCost: number;
  /** What it may cost at most with values of such a shape. */
  readonly costOf: (shape: Shape) => number;
  /** @throws when the expression fails, as for a missing key. */
  evaluate(variables: CelVariables): unknown;
}

const UNTYPED = KUBERNETES_CEL.clone({ unlistedVariablesAreDyn: true })
  .registerVariable('self', 'dyn')
  .registerVariable('oldSelf', 'dyn');

/**
 * Compiles an expression over values of `schema`.
 *
 * @throws Error with the reason, in the words of a real server, when it does not compile.
 */
export function compileCel(source: string, schema: Schema, options: CelOptions): CelProgram {
  const { result, hasOptionalOldSelf = false, isChecked = false } = options;
  if (!isChecked) check(source, schema, options);
  const program = UNTYPED.parse(source);
  makeMatchesLinear(program.ast);
  const costOf = (shape: Shape): number =>
    estimateCost(
      program.ast,
      new Map([
        ['self', shape],
        ['oldSelf', shape],
      ]),
    ).max;
  return {
    source,
    readsOldSelf: readsVariable(program.ast, 'oldSelf'),
    maxCost: costOf(shapeOfSchema(schema)),
    costOf,
    evaluate: ({ self, oldSelf }) => {
      const old = hasOptionalOldSelf ? Optional.of(oldSelf) : oldSelf;
      const value = program({ self, ...(old !== undefined && { oldSelf: old }) }) as unknown;
      if (typeof value !== (result === 'bool' ? 'boolean' : 'string'))
        throw new Error(`the result is no ${result}`);
      return value;
    },
  };
}

function check(source: string, schema: Schema, { result, hasOptionalOldSelf = false }: CelOptions): void {
  try {
    const typed = typedEnvironment(schema, hasOptionalOldSelf).parse(source);
    makeMatchesLinear(typed.ast);
    const { error, type } = typed.check();
    if (error) throw error;
    if (type === result || type === 'dyn') return;
  } catch (error) {
    throw new Error(`compilation failed: ${compileErrorText(error, source)}`, { cause: error });
  }
  throw new Error(
    result === 'bool'
      ? 'cel expression must evaluate to a bool'
      : 'messageExpression must evaluate to a string',
  );
}
