import type { Json, JsonSchema } from '@tinysystems/core';

/**
 * What is known of a value before any message has come: the set of values it may be. It may be larger than what really
 * comes, never smaller, so that "all of these fit" and "none of these fits" are both certain.
 */
export type Type =
  | AnyType
  | { readonly kind: 'error' }
  | { readonly kind: 'missing' }
  | LiteralType
  | ScalarType
  | ArrayType
  | ObjectType
  | UnionType;

/** Any value; `why` says why nothing more is known, as the end of a sentence. */
export interface AnyType {
  readonly kind: 'any';
  readonly why: string;
}

/** One value that is no array and no object. */
export interface LiteralType {
  readonly kind: 'literal';
  readonly value: string | number | boolean | null;
  /** A null that stands for a value that may be missing. */
  readonly isMissing?: boolean;
}

/** Every value of a kind, as far as `schema` allows. */
export interface ScalarType {
  readonly kind: 'boolean' | 'integer' | 'number' | 'string';
  readonly schema?: JsonSchema;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly items: Type;
  /** The elements of an array whose length is known. */
  readonly elements?: readonly Type[];
  readonly schema?: JsonSchema;
}

export interface ObjectType {
  readonly kind: 'object';
  readonly fields: ReadonlyMap<string, Field>;
  /** What other fields hold; `undefined`: there are no others. */
  readonly rest: Type | undefined;
  readonly schema?: JsonSchema;
}

/** A field of an object; an optional one may not be there. */
export interface Field {
  readonly type: Type;
  readonly isOptional: boolean;
}

/** One of several types, none of them a union. */
export interface UnionType {
  readonly kind: 'union';
  readonly of: readonly Type[];
  /** A path with several steps gives one match as it is, and several as an array. */
  readonly isMatches?: boolean;
}

/** Something was wrong and has been said; nothing that follows from it is. */
export const ERROR: Type = { kind: 'error' };
export const MISSING: Type = { kind: 'missing' };
export const NULL: Type = { kind: 'literal', value: null };
export const BOOLEAN: Type = { kind: 'boolean' };
export const INTEGER: Type = { kind: 'integer' };
export const NUMBER: Type = { kind: 'number' };
export const STRING: Type = { kind: 'string' };
/** No value at all: the union of nothing. */
export const NEVER: Type = { kind: 'union', of: [] };

/** More alternatives than this are no help to anybody, and checking them costs. */
const MAX_ALTERNATIVES = 64;
/** Types that are deeper or larger are not carried on: each node of a flow may nest what it got once more, or twice. */
const MAX_TYPE_DEPTH = 32;
const MAX_TYPE_PARTS = 2000;

export function anyType(why: string): AnyType {
  return { kind: 'any', why };
}

export function alternativesOfType(type: Type): readonly Type[] {
  return type.kind === 'union' ? type.of : [type];
}

/** The values of all of these. */
export function unionOf(types: readonly Type[], isMatches = false): Type {
  const [first] = types;
  if (types.length === 1 && first !== undefined && !isMatches) return first;
  const parts: Type[] = [];
  for (const type of types) {
    for (const part of alternativesOfType(type)) {
      if (part.kind === 'error') return part;
      if (!parts.some((other) => isSameType(part, other))) parts.push(part);
    }
    if (parts.length > MAX_ALTERNATIVES) return anyType('it has too many alternatives');
  }
  const any = parts.find(({ kind }) => kind === 'any');
  if (any !== undefined) return parts.some(isMissing) ? { kind: 'union', of: [any, MISSING] } : any;
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return { kind: 'union', of: parts, ...(isMatches && { isMatches }) };
}

/** The type without the alternatives for which `isDropped` holds. */
export function without(type: Type, isDropped: (part: Type) => boolean): Type {
  const parts = alternativesOfType(type);
  const kept = parts.filter((part) => !isDropped(part));
  return kept.length === parts.length ? type : unionOf(kept);
}

export function isMissing({ kind }: Type): boolean {
  return kind === 'missing';
}

export function isNull(type: Type): boolean {
  return type.kind === 'literal' && type.value === null;
}

export function mayBeMissing(type: Type): boolean {
  return alternativesOfType(type).some(isMissing);
}

/** As a template, an array or an object writes it: what may be missing is null then. */
export function written(type: Type): Type {
  if (!mayBeMissing(type)) return type;
  const rest = alternativesOfType(type).filter((part) => !isMissing(part));
  const isMatches = type.kind === 'union' && type.isMatches === true;
  const absent: Type = { kind: 'literal', value: null, isMissing: true };
  const [any] = rest;
  return any?.kind === 'any' ? any : unionOf([...rest, absent], isMatches);
}

/** The type of a value in a configuration. */
export function typeOfJson(value: Json): Type {
  if (typeof value === 'bigint') return INTEGER;
  if (typeof value !== 'object' || value === null) return { kind: 'literal', value };
  if (Array.isArray(value)) return arrayOf((value as readonly Json[]).map(typeOfJson));
  return objectOf(Object.entries(value).map(([key, child]) => [key, typeOfJson(child)]));
}

export function arrayOf(elements: readonly Type[]): ArrayType {
  return { kind: 'array', items: unionOf(elements), elements };
}

export function objectOf(entries: Iterable<readonly [string, Type]>): ObjectType {
  const fields = new Map<string, Field>();
  for (const [key, type] of entries) fields.set(key, { type, isOptional: false });
  return { kind: 'object', fields, rest: undefined };
}

/** Cheap and enough to merge alternatives; `false` for containers that are not the very same. */
function isSameType(left: Type, right: Type): boolean {
  if (left === right) return true;
  if (left.kind === 'literal') return right.kind === 'literal' && left.value === right.value;
  if (left.kind === 'missing') return right.kind === 'missing';
  return 'schema' in left || 'schema' in right ? false : left.kind === right.kind && isScalar(left);
}

function isScalar({ kind }: Type): boolean {
  return kind === 'boolean' || kind === 'integer' || kind === 'number' || kind === 'string';
}

/** How large a type is when it is written out; parts that occur twice count twice. */
interface Extent {
  readonly depth: number;
  readonly parts: number;
}

const extents = new WeakMap<Type, Extent>();

/** The type, or `any` when it is nested too deeply or too large to be followed. */
export function clipped(type: Type): Type {
  const { depth, parts } = extentOf(type);
  return depth > MAX_TYPE_DEPTH || parts > MAX_TYPE_PARTS ? anyType('it is too large to be followed') : type;
}

function extentOf(type: Type): Extent {
  const known = extents.get(type);
  if (known !== undefined) return known;
  const below = childrenOf(type).map(extentOf);
  const extent = {
    depth: 1 + below.reduce((deepest, { depth }) => Math.max(deepest, depth), 0),
    parts: 1 + below.reduce((sum, { parts }) => sum + parts, 0),
  };
  extents.set(type, extent);
  return extent;
}

function childrenOf(type: Type): readonly Type[] {
  switch (type.kind) {
    case 'union':
      return type.of;
    case 'array':
      return type.elements ?? [type.items];
    case 'object':
      return [
        ...[...type.fields.values()].map((field) => field.type),
        ...(type.rest === undefined ? [] : [type.rest]),
      ];
    default:
      return [];
  }
}
