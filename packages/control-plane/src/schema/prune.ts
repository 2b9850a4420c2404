import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MutableJsonObject,
} from '../json.ts';
import { acceptsUnknown, childPath, propertySchema, type Schema } from './schema.ts';

/** A value without the fields that its schema does not know, and the paths of those fields. */
export interface Pruned<T> {
  readonly value: T;
  readonly unknown: readonly string[];
}

/** Drops what the schema does not declare; returns the same value when there is nothing to drop. */
export function prune<T extends JsonValue>(value: T, schema: Schema): Pruned<T> {
  const unknown: string[] = [];
  const pruned = pruneValue(value, schema, '', unknown);
  return { value: unknown.length > 0 ? (pruned as T) : value, unknown };
}

function pruneValue(value: JsonValue, schema: Schema, path: string, unknown: string[]): JsonValue {
  if (isJsonArray(value)) {
    const { items } = schema;
    if (!items) return value;
    return value.map((item, index) => pruneValue(item, items, `${path}[${index}]`, unknown));
  }
  return isJsonObject(value) ? pruneObject(value, schema, path, unknown) : value;
}

function pruneObject(object: JsonObject, schema: Schema, path: string, unknown: string[]): JsonObject {
  if (schema['x-kubernetes-int-or-string']) return object;
  const kept: MutableJsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const child = propertySchema(schema, name);
    if (child) kept[name] = pruneValue(value, child, childPath(path, name), unknown);
    else if (acceptsUnknown(schema)) kept[name] = value;
    else unknown.push(childPath(path, name));
  }
  return kept;
}
