import { ExpressionError } from '../expression-error.ts';
import { isArray, isObject, type Json, type Value } from '../json.ts';
import { KEY_STEPS } from '../limits.ts';
import { describe, type Kind } from '../kind.ts';
import { finite } from '../operators.ts';
import type { Scope } from '../scope.ts';
import { byteLength } from '../text.ts';
import { ANY, type FunctionDefinition, NUMBER, numberArgument, unary } from './function-definition.ts';

const NUMBER_OR_NULL: readonly Kind[] = ['number', 'null'];
const PRESENT = ANY.filter((kind) => kind !== 'missing');

/** Functions over the children of an array or object. */
export const AGGREGATE: readonly FunctionDefinition[] = [
  unary(
    { name: 'sum', takes: ANY, gives: NUMBER_OR_NULL },
    (value, scope) => total(value, 'sum', scope)?.sum ?? null,
  ),
  unary({ name: 'avg', takes: ANY, gives: NUMBER_OR_NULL }, (value, scope) => {
    const result = total(value, 'avg', scope);
    if (result === undefined) return null;
    return result.count === 0 ? 0 : result.sum / result.count;
  }),
  unary({ name: 'length', takes: ANY, gives: NUMBER }, (value) => {
    if (value === undefined) return 0;
    if (typeof value === 'string') return byteLength(value);
    return isArray(value) ? value.length : 1;
  }),
  unary({ name: 'size', takes: ANY, gives: NUMBER }, (value, scope) => {
    if (isArray(value)) return value.length;
    if (!isObject(value)) return 0;
    const { length } = Object.keys(value);
    scope.charge(length * KEY_STEPS);
    return length;
  }),
  unary(
    { name: 'first', takes: ANY, gives: PRESENT },
    (value) => (isArray(value) ? value[0] : undefined) ?? null,
  ),
  unary(
    { name: 'last', takes: ANY, gives: PRESENT },
    (value) => (isArray(value) ? value.at(-1) : undefined) ?? null,
  ),
];

/** The sum of a number or of a container of numbers; `undefined` for anything else. */
function total(
  value: Value,
  user: string,
  scope: Scope,
): { readonly sum: number; readonly count: number } | undefined {
  if (typeof value === 'number' || typeof value === 'bigint')
    return { sum: numberArgument(value, user), count: 1 };
  if (!isArray(value) && !isObject(value)) return undefined;
  const items: readonly Json[] = isArray(value) ? value : Object.values(value);
  scope.charge(items.length);
  let sum = 0;
  for (const item of items) {
    if (typeof item !== 'number') {
      throw new ExpressionError(
        'TYPE',
        `${user} needs numbers only, found ${describe(item)}; filter it out first`,
        { expected: 'numbers only' },
      );
    }
    sum += item;
  }
  return { sum: finite(sum), count: items.length };
}
