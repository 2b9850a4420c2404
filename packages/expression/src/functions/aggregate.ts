import { ExpressionError } from '../expression-error.ts';
import { isArray, isObject, kindOf, type Json, type Value } from '../json.ts';
import { finite } from '../operators.ts';
import type { Scope } from '../scope.ts';
import { byteLength } from '../text.ts';
import { type FunctionDefinition, unary } from './function-definition.ts';

/** Functions over the children of an array or object. */
export const AGGREGATE: Readonly<Record<string, FunctionDefinition>> = {
  sum: unary((value, scope) => total(value, 'sum', scope)?.sum ?? null),
  avg: unary((value, scope) => {
    const result = total(value, 'avg', scope);
    if (result === undefined) return null;
    return result.count === 0 ? 0 : result.sum / result.count;
  }),
  length: unary((value) => {
    if (value === undefined) return 0;
    if (typeof value === 'string') return byteLength(value);
    return isArray(value) ? value.length : 1;
  }),
  size: unary((value, scope) => {
    if (isArray(value)) return value.length;
    if (!isObject(value)) return 0;
    const { length } = Object.keys(value);
    scope.charge(length);
    return length;
  }),
  first: unary((value) => (isArray(value) ? value[0] : undefined) ?? null),
  last: unary((value) => (isArray(value) ? value.at(-1) : undefined) ?? null),
};

/** The sum of a number or of a container of numbers; `undefined` for anything else. */
function total(
  value: Value,
  user: string,
  scope: Scope,
): { readonly sum: number; readonly count: number } | undefined {
  if (typeof value === 'number') return { sum: value, count: 1 };
  if (!isArray(value) && !isObject(value)) return undefined;
  const items: readonly Json[] = isArray(value) ? value : Object.values(value);
  scope.charge(items.length);
  let sum = 0;
  for (const item of items) {
    if (typeof item !== 'number') {
      throw new ExpressionError(
        'TYPE',
        `${user} needs numbers only, found ${kindOf(item)}; filter it out first`,
      );
    }
    sum += item;
  }
  return { sum: finite(sum), count: items.length };
}
