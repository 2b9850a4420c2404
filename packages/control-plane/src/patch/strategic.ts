import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MutableJsonObject,
} from '../json.ts';
import { propertySchema, type Schema } from '../schema/schema.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const ORDER_PREFIX = '$setElementOrder/';
const DELETE_PREFIX = '$deleteFromPrimitiveList/';

/**
 * A strategic merge patch: like a merge patch, but lists that the schema gives a key are merged item by item.
 *
 * Understands `$patch: replace | delete | merge`, `$retainKeys`, `$setElementOrder` and `$deleteFromPrimitiveList`.
 */
export function strategicMerge(
  target: JsonObject,
  patch: JsonObject,
  schema: Schema | undefined,
): JsonObject {
  if (patch[DIRECTIVE] === 'replace') return withoutDirectives(patch);
  if (patch[DIRECTIVE] === 'delete') return {};
  const merged: MutableJsonObject = { ...retained(target, patch[RETAIN_KEYS]) };
  for (const [name, value] of Object.entries(patch)) {
    if (name === DIRECTIVE || name === RETAIN_KEYS || value === undefined) continue;
    if (name.startsWith(DELETE_PREFIX)) deleteItems(merged, name.slice(DELETE_PREFIX.length), value);
    else if (name.startsWith('$')) continue;
    else if (value === null) delete merged[name];
    else merged[name] = mergeMember(merged[name], value, propertySchema(schema, name));
  }
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(ORDER_PREFIX) || !isJsonArray(order)) continue;
    const field = name.slice(ORDER_PREFIX.length);
    const list = merged[field];
    if (isJsonArray(list)) merged[field] = ordered(list, order, propertySchema(schema, field));
  }
  return merged;
}

function mergeMember(
  current: JsonValue | undefined,
  value: JsonValue,
  schema: Schema | undefined,
): JsonValue {
  if (isJsonObject(value)) {
    const isWhole =
      schema?.['x-kubernetes-map-type'] === 'atomic' &&
      schema.additionalProperties === undefined &&
      !schema.properties;
    return isWhole ? value : strategicMerge(isJsonObject(current) ? current : {}, value, schema);
  }
  if (!isJsonArray(value)) return value;
  const list = isJsonArray(current) ? current : [];
  const key = schema?.['x-kubernetes-patch-merge-key'];
  if (key !== undefined) return mergeByKey(list, value, { key, items: schema?.items });
  if (schema?.['x-kubernetes-list-type'] !== 'set') return value;
  return [...list, ...value.filter((item) => !list.includes(item))];
}

interface KeyedItems {
  readonly key: string;
  readonly items: Schema | undefined;
}

function mergeByKey(
  list: readonly JsonValue[],
  patch: readonly JsonValue[],
  { key, items }: KeyedItems,
): readonly JsonValue[] {
  const directives = patch.filter((item) => isJsonObject(item));
  if (directives.some((item) => item[DIRECTIVE] === 'replace' && !Object.hasOwn(item, key))) {
    return directives.filter((item) => item[DIRECTIVE] !== 'replace').map(withoutDirectives);
  }
  return directives.reduce<readonly JsonValue[]>((merged, item) => {
    const index = merged.findIndex((candidate) => isJsonObject(candidate) && candidate[key] === item[key]);
    if (item[DIRECTIVE] === 'delete') return index < 0 ? merged : merged.toSpliced(index, 1);
    const found = merged[index];
    const next = strategicMerge(isJsonObject(found) ? found : {}, item, items);
    return index < 0 ? [...merged, next] : merged.with(index, next);
  }, list);
}

// Items that the order does not name keep their place behind the named ones.
function ordered(
  list: readonly JsonValue[],
  order: readonly JsonValue[],
  schema: Schema | undefined,
): readonly JsonValue[] {
  const key = schema?.['x-kubernetes-patch-merge-key'];
  const identity = (item: JsonValue): JsonValue | undefined =>
    key !== undefined && isJsonObject(item) ? item[key] : item;
  const positions = new Map(order.map((item, index) => [identity(item), index]));
  const positionOf = (item: JsonValue): number => positions.get(identity(item)) ?? order.length;
  return list.toSorted((a, b) => positionOf(a) - positionOf(b));
}

function deleteItems(object: MutableJsonObject, name: string, items: JsonValue): void {
  const list = object[name];
  if (isJsonArray(list) && isJsonArray(items)) object[name] = list.filter((item) => !items.includes(item));
}

function retained(target: JsonObject, keys: JsonValue | undefined): JsonObject {
  if (!isJsonArray(keys)) return target;
  return Object.fromEntries(Object.entries(target).filter(([name]) => keys.includes(name)));
}

function withoutDirectives(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !name.startsWith('$')));
}
