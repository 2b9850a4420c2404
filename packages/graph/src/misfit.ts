import { type JsonSchema, hasSecrets } from '@tinysystems/core';
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

/** A type in words, but where the schema may ask for a secret only of what kind it is. */
export function describeFor(type: Type, schema: JsonSchema | boolean): string {
  if (typeof schema !== 'object' || !hasSecrets(schema)) return describeType(type);
  if (type.kind === 'literal') return `a ${typeof type.value}, which is not shown`;
  return type.kind === 'array' || type.kind === 'union' ? 'a value, which is not shown' : describeType(type);
}

/** A finding that some values may not be accepted. */
export function doubt(type: Type, schema: JsonSchema, place: Place & { readonly reason: string }): Finding {
  return { ...mismatch(type, schema, place), state: 'unknown', reason: place.reason };
}
