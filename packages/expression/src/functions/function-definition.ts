import { ExpressionError } from '../expression-error.ts';
import type { Value } from '../json.ts';
import { describe, type Kind } from '../kind.ts';
import type { Scope } from '../scope.ts';

/** One argument of a function. */
export interface Parameter {
  readonly name: string;
  /** What it takes without an error; a `missing` value is named where it is no error. */
  readonly kinds: readonly Kind[];
  readonly isOptional?: boolean;
}

/** What a static check needs to know of a function. */
export interface Signature {
  /** As the documentation writes it; found in any case. */
  readonly name: string;
  /** Fewer than the required ones do not compile, more than all of them are ignored. */
  readonly parameters: readonly Parameter[];
  /** What it may give. */
  readonly result: readonly Kind[];
}

/** A function of the language. */
export interface FunctionDefinition extends Signature {
  readonly call: (values: readonly Value[], scope: Scope) => Value;
}

export const ANY: readonly Kind[] = ['string', 'number', 'boolean', 'null', 'array', 'object', 'missing'];
export const TEXT: readonly Kind[] = ['string'];
export const NUMBER: readonly Kind[] = ['number'];
export const BOOLEAN: readonly Kind[] = ['boolean'];

/** A function of one argument, called `x`. */
export function unary(
  {
    name,
    takes,
    gives,
  }: { readonly name: string; readonly takes: readonly Kind[]; readonly gives: readonly Kind[] },
  call: (value: Value, scope: Scope) => Value,
): FunctionDefinition {
  return {
    name,
    parameters: [{ name: 'x', kinds: takes }],
    result: gives,
    call: (values, scope) => call(values[0], scope),
  };
}

/** @throws ExpressionError `TYPE` unless `value` is text. */
export function textArgument(value: Value, user: string): string {
  if (typeof value === 'string') return value;
  throw new ExpressionError('TYPE', `${user} needs text, got ${describe(value)}${advice(value, 'string')}`, {
    expected: 'a string',
  });
}

/** @throws ExpressionError `TYPE` unless `value` is a number that can be computed with. */
export function numberArgument(value: Value, user: string): number {
  if (typeof value === 'number') return value;
  throw new ExpressionError('TYPE', `${user} needs a number, got ${describe(value)}${advice(value, 'int')}`, {
    expected: 'a number',
  });
}

function advice(value: Value, conversion: string): string {
  if (value === undefined) return '; check the path, or give a default with a ? b : c';
  if (typeof value === 'bigint' && conversion === 'int') return ', which cannot be computed with';
  return typeof value === 'object' ? '' : `; convert it with ${conversion}(x)`;
}
