import { isArray, isObject, type Json, type JsonObject, type Value } from './json.ts';
import { byteLength } from './text.ts';

const INDEX = /^-?\d{1,15}$/;

/** The field `key` of a value: an own property, an array's element for a numeric key, or a `length`. */
export function member(value: Value, key: string): Value {
  if (typeof value !== 'object' || value === null) {
    return key === 'length' && typeof value === 'string' ? byteLength(value) : undefined;
  }
  if (isArray(value)) return arrayMember(value, key);
  const found = value[key];
  return found !== undefined && Object.hasOwn(value, key) ? found : undefined;
}

/** The element at `index`, from the end when negative; in an object the key of that name. */
export function element(value: Value, index: number): Value {
  if (isArray(value)) return value[index < 0 ? index + value.length : index];
  return isObject(value) ? member(value, String(index)) : undefined;
}

/** The child a computed key names: text for keys, an integer for indexes, anything else is missing. */
export function child(value: Value, key: Value): Value {
  if (typeof key === 'string') return member(value, key);
  return typeof key === 'number' && Number.isInteger(key) ? element(value, key) : undefined;
}

/** The keys of an object, sorted, so that a wildcard's order never depends on who wrote the object. */
export function sortedKeys(value: JsonObject): readonly string[] {
  return Object.keys(value).sort();
}

function arrayMember(value: readonly Json[], key: string): Value {
  if (key === 'length') return value.length;
  return INDEX.test(key) ? element(value, Number(key)) : undefined;
}
