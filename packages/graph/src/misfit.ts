import { type JsonSchema, isSecret } from '@tinysystems/core';
import { describeSchema, describeType } from './describe.ts';
import type { Finding, Path } from './finding.ts';
import type { Type } from './type.ts';

/** Where in the message, and whether the schema is part of an `allOf`, which closes no object. */
export interface Place {
  readonly path: Path;
  readonly isOpen: boolean;
  /** How much may still be compared; shared by all places of one message. */
  readonly budget: Budget;
}

/** Work that is left to a check: alternatives of a type times alternatives of a schema may be many. */
export interface Budget {
  left: number;
}

/** Checks a type against a schema; passed on to the checks of containers. */
export type Fit = (type: Type, schema: JsonSchema | boolean, place: Place) => readonly Finding[];

/** A finding that no value of the type is accepted. */
export function mismatch(type: Type, schema: JsonSchema | boolean, { path }: Place): Finding {
  return {
    state: 'invalid',
    code: 'TypeMismatch',
    path,
    expected: describeSchema(schema),
    found: describeFor(type, schema),
  };
}

/** A type in words, but of a value that is meant for a secret field only its kind. */
export function describeFor(type: Type, schema: JsonSchema | boolean): string {
  const isShown = type.kind !== 'literal' || typeof schema !== 'object' || !isSecret(schema);
  return isShown ? describeType(type) : `a ${typeof type.value}, which is not shown`;
}

/** A finding that some values may not be accepted. */
export function doubt(type: Type, schema: JsonSchema, place: Place & { readonly reason: string }): Finding {
  return { ...mismatch(type, schema, place), state: 'unknown', reason: place.reason };
}
