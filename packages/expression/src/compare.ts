import { ExpressionError } from './expression-error.ts';
import { isArray, isObject, type Json, type JsonObject, type Value } from './json.ts';
import { describe, kindOf } from './kind.ts';
import { KEY_STEPS, MAX_DATA_DEPTH } from './limits.ts';
import { member } from './member.ts';
import type { Scope } from './scope.ts';

/** Deep, type-strict equality of two present values. */
export function equals(left: Json, right: Json, scope: Scope, depth = 0): boolean {
  if (typeof left === 'string' && typeof right === 'string') {
    scope.charge(Math.min(left.length, right.length) >> 3);
    return left === right;
  }
  if (left === right) return true;
  if (typeof left === 'bigint' || typeof right === 'bigint') return orderOfNumbers(left, right) === 0;
  if (typeof left !== 'object' || typeof right !== 'object') return false;
  if (depth > MAX_DATA_DEPTH) {
    throw new ExpressionError('LIMIT', `the compared values nest deeper than ${MAX_DATA_DEPTH} levels`);
  }
  if (isArray(left)) return isArray(right) && equalArrays(left, right, scope, depth + 1);
  return isObject(left) && isObject(right) && equalObjects(left, right, scope, depth + 1);
}

/**
 * Orders two values: negative, zero or positive; `undefined` when their types differ or one is missing.
 *
 * @throws ExpressionError `TYPE` for two values that have no order, such as booleans.
 */
export function order(left: Value, right: Value, scope: Scope): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') {
    scope.charge(Math.min(left.length, right.length) >> 3);
    return compareText(left, right);
  }
  const numbers = orderOfNumbers(left, right);
  if (numbers !== undefined || kindOf(left) !== kindOf(right) || left === undefined) return numbers;
  throw new ExpressionError(
    'TYPE',
    `${describe(left)} and ${describe(right)} have no order; compare numbers or text`,
    { expected: 'two numbers or two strings' },
  );
}

/** Whether a value counts as true: not false, null, missing, 0, or empty. */
export function isTruthy(value: Value, scope: Scope): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value);
  if (isArray(value)) return value.length > 0;
  const { length } = Object.keys(value);
  scope.charge(length * KEY_STEPS);
  return length > 0;
}

/** As a condition of `? :` an empty object is true; everywhere else it is false. */
export function isCondition(value: Value, scope: Scope): boolean {
  return typeof value === 'object' ? isObject(value) || isTruthy(value, scope) : Boolean(value);
}

function equalArrays(left: readonly Json[], right: readonly Json[], scope: Scope, depth: number): boolean {
  if (left.length !== right.length) return false;
  scope.charge(left.length);
  return left.every((item, index) => {
    const other = right[index];
    return other !== undefined && equals(item, other, scope, depth);
  });
}

function equalObjects(left: JsonObject, right: JsonObject, scope: Scope, depth: number): boolean {
  const keys = Object.keys(left);
  const { length } = Object.keys(right);
  scope.charge((keys.length + length) * KEY_STEPS);
  if (keys.length !== length) return false;
  return keys.every((key) => {
    const [mine, other] = [member(left, key, scope), member(right, key, scope)];
    return mine !== undefined && other !== undefined && equals(mine, other, scope, depth);
  });
}

/** By code point, which is also the order of the UTF-8 bytes; `<` on strings would order surrogates wrongly. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  let index = 0;
  while (index < length && left.charCodeAt(index) === right.charCodeAt(index)) index += 1;
  if (index === length) return left.length - right.length;
  return codeOrder(left.charCodeAt(index)) - codeOrder(right.charCodeAt(index));
}

/** Code units of surrogate pairs stand for code points above every other unit. */
function codeOrder(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** The order of two numbers of which one may be a bigint; JavaScript compares them exactly. */
function orderOfNumbers(left: Value, right: Value): number | undefined {
  if (!isNumeric(left) || !isNumeric(right)) return undefined;
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

function isNumeric(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}
