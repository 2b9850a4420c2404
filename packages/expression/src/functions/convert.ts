import { ExpressionError } from '../expression-error.ts';
import { isObject, type Json, type Value } from '../json.ts';
import { describe } from '../kind.ts';
import { KEY_STEPS } from '../limits.ts';
import { numberFromText } from '../number.ts';
import type { Scope } from '../scope.ts';
import { jsonText, valueFromJson } from '../text.ts';
import { ANY, type FunctionDefinition, NUMBER, TEXT, textArgument, unary } from './function-definition.ts';

const DECIMAL = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4})?$/;

/** Conversions between types. */
export const CONVERT: readonly FunctionDefinition[] = [
  unary({ name: 'string', takes: ANY, gives: TEXT }, (value, scope) => {
    if (value === undefined) return 'unknown';
    return typeof value === 'string' ? value : json(value, scope);
  }),
  unary({ name: 'int', takes: ['string', 'number'], gives: NUMBER }, (value) => {
    const number = numberFrom(value);
    return typeof number === 'bigint' ? number : Math.trunc(number) + 0;
  }),
  unary({ name: 'toJson', takes: ANY, gives: TEXT }, (value, scope) => json(value ?? null, scope)),
  unary({ name: 'fromJson', takes: TEXT, gives: ANY.filter((kind) => kind !== 'missing') }, (value) =>
    parseJson(textArgument(value, 'fromJson')),
  ),
];

function json(value: Json, scope: Scope): string {
  if (isObject(value)) scope.charge(Object.keys(value).length * KEY_STEPS);
  const text = jsonText(value);
  scope.charge(text.length >> 3);
  return text;
}

function numberFrom(value: Value): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'string' && value.length <= 400 && DECIMAL.test(value.trim())) {
    const number = numberFromText(value.trim().replace(/^\+/, ''));
    if (number !== undefined) return number;
    throw new ExpressionError('ARITHMETIC', 'int: the text stands for a number that is too large');
  }
  throw new ExpressionError('TYPE', `int needs a number or text that is one, got ${describe(value)}`, {
    expected: 'a number or text that is one',
  });
}

function parseJson(text: string): Json {
  try {
    return valueFromJson(text);
  } catch (error) {
    throw new ExpressionError('TYPE', 'fromJson needs text that is valid JSON', {
      cause: error,
      expected: 'JSON text',
    });
  }
}
