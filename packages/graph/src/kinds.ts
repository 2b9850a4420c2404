import type { ValueKind } from './signatures.ts';
import {
  BOOLEAN,
  INTEGER,
  MISSING,
  NULL,
  NUMBER,
  STRING,
  type Type,
  alternativesOfType,
  anyType,
  unionOf,
} from './type.ts';

const KINDS: readonly ValueKind[] = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];

/** The kinds of value that a type may be. */
export function kindsOf(type: Type): ReadonlySet<ValueKind> {
  return new Set(alternativesOfType(type).flatMap(kindsOfPart));
}

function kindsOfPart(part: Type): readonly ValueKind[] {
  switch (part.kind) {
    case 'any':
    case 'error':
      return KINDS;
    case 'literal':
      return [kindOfLiteral(part.value)];
    case 'union':
      return part.of.flatMap(kindsOfPart);
    default:
      return [part.kind];
  }
}

function kindOfLiteral(value: string | number | boolean | null): ValueKind {
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value as 'string' | 'boolean';
}

/** The type of all values of these kinds. */
export function typeOfKinds(kinds: Iterable<ValueKind>): Type {
  return unionOf([...kinds].map((kind) => TYPES[kind]));
}

const COMPUTED = anyType('it is computed from values that are not known');
const TYPES: Readonly<Record<ValueKind, Type>> = {
  missing: MISSING,
  null: NULL,
  boolean: BOOLEAN,
  integer: INTEGER,
  number: NUMBER,
  string: STRING,
  array: { kind: 'array', items: COMPUTED },
  object: { kind: 'object', fields: new Map(), rest: COMPUTED },
};
