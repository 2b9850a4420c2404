import { isArray, isObject, type Json, type JsonObject, type Value } from './json.ts';
import type { Scope } from './scope.ts';
import { byteLength } from './text.ts';

const INDEX = /^-?\d{1,15}$/;

/** Whether a name means an element of an array. */
export function isIndex(name: string): boolean {
  return INDEX.test(name);
}

/** The field `key` of a value: an own property, an array's element for a numeric key, or a `length`. */
export function member(value: Value, key: string, scope: Scope): Value {
  if (key !== 'length' || typeof value !== 'string') return childNamed(value, key);
  scope.charge(value.length >> 3);
  return byteLength(value);
}

/** The child of a container by name: an own property, or an array's element for a numeric key. */
export function childNamed(value: Value, key: string): Value {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, key)) return (value as JsonObject)[key];
  return isArray(value) && isIndex(key) ? value.at(Number(key)) : undefined;
}

/** As {@link member}, for a name that JSON values do not inherit: on most of them no other look-up is needed. */
export function field(value: Value, name: string, scope: Scope): Value {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!scope.isPlain(value)) return member(value, name, scope);
  const found = (value as JsonObject)[name];
  return found === undefined && isArray(value) ? member(value, name, scope) : found;
}

/** The element at `index`, from the end when negative; in an object the key of that name. */
export function element(value: Value, index: number): Value {
  return isArray(value) ? value.at(index) : childNamed(value, String(index));
}

/** The child a computed key names: text for keys, an integer for indexes, anything else is missing. */
export function child(value: Value, key: Value, scope: Scope): Value {
  if (typeof key === 'string') return member(value, key, scope);
  if (typeof key === 'bigint') return member(value, String(key), scope);
  return typeof key === 'number' && Number.isInteger(key) ? element(value, key) : undefined;
}

/** The children of a container, and in an object their keys. */
export interface Children {
  readonly values: readonly Json[];
  readonly keys: readonly string[] | undefined;
}

/** The children of a value, in an object by sorted key, so that the order never depends on who wrote it. */
export function childrenOf(value: Json): Children {
  if (isArray(value)) return { values: value, keys: undefined };
  if (!isObject(value)) return NO_CHILDREN;
  const keys = Object.keys(value).sort();
  return { values: keys.map((key) => value[key] ?? null), keys };
}

const NO_CHILDREN: Children = { values: [], keys: undefined };
