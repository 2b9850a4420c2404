import { ExpressionError } from '../expression-error.ts';
import { kindOf, type Value } from '../json.ts';
import type { Scope } from '../scope.ts';

/** A function of the language. Fewer arguments than `minimum` do not compile, more than `maximum` are ignored. */
export interface FunctionDefinition {
  readonly minimum: number;
  readonly maximum: number;
  readonly call: (values: readonly Value[], scope: Scope) => Value;
}

/** A function of one argument. */
export function unary(call: (value: Value, scope: Scope) => Value): FunctionDefinition {
  return { minimum: 1, maximum: 1, call: ([value], scope) => call(value, scope) };
}

/** @throws ExpressionError `TYPE` unless `value` is text. */
export function textArgument(value: Value, user: string): string {
  if (typeof value === 'string') return value;
  throw new ExpressionError('TYPE', `${user} needs text, got ${kindOf(value)}${advice(value, 'string')}`);
}

/** @throws ExpressionError `TYPE` unless `value` is a number. */
export function numberArgument(value: Value, user: string): number {
  if (typeof value === 'number') return value;
  throw new ExpressionError('TYPE', `${user} needs a number, got ${kindOf(value)}${advice(value, 'int')}`);
}

function advice(value: Value, conversion: string): string {
  if (value === undefined) return '; check the path, or give a default with a ? b : c';
  return typeof value === 'object' ? '' : `; convert it with ${conversion}(x)`;
}
