/**
 * A JSON value. Deeply read-only: nothing in this package writes into a value it was given. An integer beyond
 * ±(2^53 - 1) is a bigint.
 */
export type Json = string | number | bigint | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. Only own properties count; whatever a prototype offers is missing. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** The result of any part of an expression; `undefined` is *missing*: a path that found nothing. */
export type Value = Json | undefined;

export function isArray(value: Value): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Value): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
