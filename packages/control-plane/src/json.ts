/** Any JSON value; `undefined` members count as absent. A whole number beyond ±(2^53 - 1) is a bigint, if it has 64 bits. */
export type JsonValue = string | number | bigint | boolean | null | JsonObject | readonly JsonValue[];

/** A JSON object that nobody writes to. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** A JSON object under construction. */
export type MutableJsonObject = Record<string, JsonValue | undefined>;

/** Whether `value` is an object with members, neither an array nor null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether `value` is a JSON array. */
export function isJsonArray(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Structural equality of JSON values. */
export function jsonEqual(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (isJsonArray(a) && isJsonArray(b)) {
    return a.length === b.length && a.every((item, index) => jsonEqual(item, b[index]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  for (const name of Object.keys(a)) if (!jsonEqual(a[name], member(b, name))) return false;
  return Object.keys(b).every((name) => b[name] === undefined || Object.hasOwn(a, name));
}

/** Freezes `value` and everything in it, and returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}

/** The member `name` of an object, or `undefined` for anything that is not an object. */
export function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Follows member names from `value` downward. */
export function memberAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((current, name) => member(current, name), value);
}

/** A copy of `object` without the named members. */
export function without<T extends JsonObject>(object: T, ...names: readonly string[]): T {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name))) as T;
}
