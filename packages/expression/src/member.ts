import { isArray, isObject, type Json, type Value } from './json.ts';
import { byteLength } from './text.ts';

const INDEX = /^-?\d{1,15}$/;

/** The field `key` of a value: an own property, an array's element for a numeric key, or a `length`. */
export function member(value: Value, key: string): Value {
  if (typeof value !== 'object' || value === null) {
    return key === 'length' && typeof value === 'string' ? byteLength(value) : undefined;
  }
  if (isArray(value)) return arrayMember(value, key);
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The element at `index`, from the end when negative; in an object the key of that name. */
export function element(value: Value, index: number): Value {
  if (isArray(value)) return value[index < 0 ? index + value.length : index];
  return isObject(value) ? member(value, String(index)) : undefined;
}

/** The child a computed key names: text for keys, an integer for indexes, anything else is missing. */
export function child(value: Value, key: Value): Value {
  if (typeof key === 'string') return member(value, key);
  if (typeof key === 'bigint') return member(value, String(key));
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

function arrayMember(value: readonly Json[], key: string): Value {
  if (key === 'length') return value.length;
  return INDEX.test(key) ? element(value, Number(key)) : undefined;
}
