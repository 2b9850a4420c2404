import { ExpressionError } from '../expression-error.ts';
import { isObject, kindOf, type Json, type Value } from '../json.ts';
import { finite } from '../operators.ts';
import { jsonText } from '../text.ts';
import type { Scope } from '../scope.ts';
import { type FunctionDefinition, textArgument, unary } from './function-definition.ts';

const DECIMAL = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4})?$/;

/** Conversions between types. */
export const CONVERT: Readonly<Record<string, FunctionDefinition>> = {
  string: unary((value, scope) => {
    if (value === undefined) return 'unknown';
    return typeof value === 'string' ? value : json(value, scope);
  }),
  int: unary((value) => Math.trunc(numberFrom(value)) + 0),
  tojson: unary((value, scope) => json(value ?? null, scope)),
  fromjson: unary((value) => parseJson(textArgument(value, 'fromJson'))),
};

function json(value: Json, scope: Scope): string {
  if (isObject(value)) scope.charge(Object.keys(value).length);
  const text = jsonText(value);
  scope.charge(text.length >> 3);
  return text;
}

function numberFrom(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value.length <= 400 && DECIMAL.test(value.trim()))
    return finite(Number(value));
  throw new ExpressionError('TYPE', `int needs a number or text that is one, got ${kindOf(value)}`);
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new ExpressionError('TYPE', 'fromJson needs text that is valid JSON', { cause: error });
  }
}
