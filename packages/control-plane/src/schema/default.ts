import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MutableJsonObject,
} from '../json.ts';
import { propertySchema, type Schema } from './schema.ts';

/**
 * Fills in the schema's defaults. A null where none is allowed counts as absent: it becomes the default, or goes.
 *
 * @returns the same value when nothing changes.
 */
export function applyDefaults<T extends JsonValue>(value: T, schema: Schema): T {
  if (isJsonArray(value)) return defaultItems(value, schema) as T;
  return isJsonObject(value) ? (defaultObject(value, schema) as T) : value;
}

function defaultItems(list: readonly JsonValue[], schema: Schema): readonly JsonValue[] {
  const { items } = schema;
  if (!items) return list;
  const filled = list.map((item) =>
    item === null && !items.nullable && items.default !== undefined
      ? items.default
      : applyDefaults(item, items),
  );
  return filled.some((item, index) => item !== list[index]) ? filled : list;
}

function defaultObject(object: JsonObject, schema: Schema): JsonObject {
  const filled: MutableJsonObject = {};
  let isChanged = false;
  for (const [name, value] of Object.entries(object)) {
    const child = propertySchema(schema, name);
    if (value === undefined || (value === null && child && !child.nullable)) {
      isChanged = true;
      continue;
    }
    filled[name] = child ? applyDefaults(value, child) : value;
    isChanged ||= filled[name] !== value;
  }
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    if (child.default === undefined || Object.hasOwn(filled, name)) continue;
    filled[name] = applyDefaults(child.default, child);
    isChanged = true;
  }
  return isChanged ? filled : object;
}
