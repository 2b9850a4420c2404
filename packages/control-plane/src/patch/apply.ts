import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MutableJsonObject,
} from '../json.ts';
import { propertySchema, type Schema } from '../schema/schema.ts';
import { elementsOf, isBelow, itemElement, type FieldSet } from './field-set.ts';

/** Lays an applied configuration over an object: maps and keyed lists are merged, everything else is replaced. */
export function mergeConfiguration(live: JsonObject, configuration: JsonObject, schema: Schema): JsonObject {
  return mergeValues(live, configuration, schema) as JsonObject;
}

/** Removes the named fields; containers that become empty by it go as well. */
export function removeFields(object: JsonObject, fields: FieldSet, schema: Schema): JsonObject {
  // A list item goes whole: without its key it could not be found again.
  const outermost = [...fields].filter((path) => ![...fields].some((other) => isBelow(path, other)));
  const paths = outermost.map(elementsOf);
  return paths.reduce<JsonObject>(
    (current, path) => (removeAt(current, path, schema) ?? {}) as JsonObject,
    object,
  );
}

function mergeValues(live: JsonValue | undefined, wanted: JsonValue, schema: Schema | undefined): JsonValue {
  if (isJsonObject(live) && isJsonObject(wanted) && schema?.['x-kubernetes-map-type'] !== 'atomic') {
    const merged: MutableJsonObject = { ...live };
    for (const [name, value] of Object.entries(wanted)) {
      if (value !== undefined) merged[name] = mergeValues(live[name], value, propertySchema(schema, name));
    }
    return merged;
  }
  const listType = schema?.['x-kubernetes-list-type'];
  const isKeyed = listType === 'map' || listType === 'set';
  return schema && isKeyed && isJsonArray(live) && isJsonArray(wanted)
    ? mergeLists(live, wanted, schema)
    : wanted;
}

function mergeLists(
  live: readonly JsonValue[],
  wanted: readonly JsonValue[],
  schema: Schema,
): readonly JsonValue[] {
  const merged = new Map(live.map((item) => [itemElement(item, schema), item]));
  for (const item of wanted) {
    const element = itemElement(item, schema);
    merged.set(element, mergeValues(merged.get(element), item, schema.items));
  }
  return [...merged.values()];
}

// `undefined` when nothing is left.
function removeAt(
  value: JsonValue | undefined,
  path: readonly string[],
  schema: Schema | undefined,
): JsonValue | undefined {
  const [element, ...rest] = path;
  if (element === undefined || value === undefined) return undefined;
  if (isJsonObject(value)) {
    const name = element.slice(2);
    if (!Object.hasOwn(value, name)) return value;
    const { [name]: child, ...others } = value;
    const left = rest.length === 0 ? undefined : removeAt(child, rest, propertySchema(schema, name));
    if (left !== undefined) return { ...value, [name]: left };
    return Object.keys(others).length > 0 ? others : undefined;
  }
  if (!isJsonArray(value) || !schema) return value;
  const items = value.flatMap((item) => {
    if (itemElement(item, schema) !== element) return [item];
    const left = rest.length === 0 ? undefined : removeAt(item, rest, schema.items);
    return left === undefined ? [] : [left];
  });
  return items.length > 0 ? items : undefined;
}
