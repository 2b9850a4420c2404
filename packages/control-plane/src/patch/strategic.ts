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
    const key = propertySchema(schema, field)?.['x-kubernetes-patch-merge-key'];
    const before = isJsonArray(target[field]) ? target[field] : [];
    if (isJsonArray(list)) merged[field] = arranged(list, { before, patch: order, key });
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
  const united = [...list, ...value.filter((item) => !list.includes(item))];
  return arranged(united, { before: list, patch: value, key: undefined });
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
  const result = directives.reduce<readonly JsonValue[]>((merged, item) => {
    const index = merged.findIndex((candidate) => isJsonObject(candidate) && candidate[key] === item[key]);
    if (item[DIRECTIVE] === 'delete') return index < 0 ? merged : merged.toSpliced(index, 1);
    const found = merged[index];
    const next = strategicMerge(isJsonObject(found) ? found : {}, item, items);
    return index < 0 ? [...merged, next] : merged.with(index, next);
  }, list);
  return arranged(result, { before: list, patch, key });
}

/** The order of a list before, and of those items that the patch speaks of. */
interface Orders {
  readonly before: readonly JsonValue[];
  readonly patch: readonly JsonValue[];
  readonly key: string | undefined;
}

// The items that the patch speaks of have its order, the others keep theirs, and a new item comes before those behind it.
function arranged(list: readonly JsonValue[], { before, patch, key }: Orders): readonly JsonValue[] {
  const identity = (item: JsonValue): JsonValue | undefined =>
    key !== undefined && isJsonObject(item) ? item[key] : item;
  const places = (items: readonly JsonValue[]): ReadonlyMap<JsonValue | undefined, number> =>
    new Map(items.map((item, index) => [identity(item), index]));
  const [inPatch, inServer] = [places(patch), places(before)];
  const spoken = list
    .filter((item) => inPatch.has(identity(item)))
    .toSorted((a, b) => (inPatch.get(identity(a)) ?? 0) - (inPatch.get(identity(b)) ?? 0));
  const rest = list.filter((item) => !inPatch.has(identity(item)));
  const result: JsonValue[] = [];
  for (const item of spoken) {
    const place = inServer.get(identity(item));
    if (place !== undefined)
      while (rest[0] !== undefined && (inServer.get(identity(rest[0])) ?? place) < place)
        result.push(...rest.splice(0, 1));
    result.push(item);
  }
  return [...result, ...rest];
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
