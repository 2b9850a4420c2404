import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MutableJsonObject,
} from '../json.ts';
import { propertySchema, type Schema } from '../schema/schema.ts';
import { mapKey } from '../schema/validate.ts';
import { readJson, writeJson } from '../exact-json.ts';

/** Paths of fields. A path is a list of elements as `fieldsV1` writes them (`f:spec`, `k:{"name":"a"}`, `v:1`), joined. */
export type FieldSet = ReadonlySet<string>;

const SEPARATOR = '\u0000';

/** The path of a child. */
export function fieldPath(parent: string, element: string): string {
  return parent === '' ? element : `${parent}${SEPARATOR}${element}`;
}

/** The elements of a path. */
export function elementsOf(path: string): readonly string[] {
  return path.split(SEPARATOR);
}

/** Whether `path` lies below `ancestor`. */
export function isBelow(path: string, ancestor: string): boolean {
  return path.startsWith(`${ancestor}${SEPARATOR}`);
}

/** What is in any of the sets. */
export function union(...sets: readonly FieldSet[]): FieldSet {
  return new Set(sets.flatMap((set) => [...set]));
}

/** What is in `set` and in none of `others`. */
export function difference(set: FieldSet, ...others: readonly FieldSet[]): FieldSet {
  return new Set([...set].filter((path) => !others.some((other) => other.has(path))));
}

/** What is in both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return new Set([...a].filter((path) => b.has(path)));
}

/** Whether nothing is in both sets. */
export function isDisjoint(a: FieldSet, b: FieldSet): boolean {
  return ![...b].some((path) => a.has(path));
}

/** Whether the sets have the same members. */
export function isSameSet(a: FieldSet, b: FieldSet): boolean {
  return a.size === b.size && [...a].every((path) => b.has(path));
}

/** A set in the form of `fieldsV1`. */
export function fieldsV1From(set: FieldSet): JsonObject {
  const root: MutableJsonObject = {};
  for (const path of [...set].toSorted()) {
    let node = root;
    for (const element of elementsOf(path)) node = (node[element] ??= {}) as MutableJsonObject;
    node['.'] = {};
  }
  return withoutLoneDots(root);
}

/** A set from the form of `fieldsV1`. */
export function fieldSetFrom(fields: JsonValue | undefined): FieldSet {
  const paths = new Set<string>();
  collect(isJsonObject(fields) ? fields : {}, '', paths);
  return paths;
}

/** A path as error texts write it: `.spec.ports[name="http"].port`. */
export function showPath(path: string): string {
  return elementsOf(path).map(showElement).join('');
}

/** A child of a value that is owned on its own, with its path element. */
export interface FieldChild {
  readonly element: string;
  readonly value: JsonValue;
  readonly schema: Schema | undefined;
}

/** The parts of a value that may have different owners; `undefined` for a value that is owned whole. */
export function childrenOf(value: JsonValue, schema: Schema | undefined): readonly FieldChild[] | undefined {
  if (isJsonObject(value))
    return schema?.['x-kubernetes-map-type'] === 'atomic' ? undefined : membersOf(value, schema);
  return isJsonArray(value) ? itemsOf(value, schema) : undefined;
}

function membersOf(object: JsonObject, schema: Schema | undefined): readonly FieldChild[] {
  return Object.entries(object).flatMap(([name, value]) => {
    return value === undefined ? [] : [{ element: `f:${name}`, value, schema: propertySchema(schema, name) }];
  });
}

function itemsOf(list: readonly JsonValue[], schema: Schema | undefined): readonly FieldChild[] | undefined {
  const items = schema?.items;
  switch (schema?.['x-kubernetes-list-type']) {
    case 'map':
      return list.map((value) => ({ element: itemElement(value, schema), value, schema: items }));
    case 'set':
      return list.map((value) => ({ element: itemElement(value, schema), value, schema: items }));
    case 'atomic':
    case undefined:
      return undefined;
  }
}

/** The path element of a list item: its key for a list of type map, itself for a set. */
export function itemElement(item: JsonValue, schema: Schema): string {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !keys) return `v:${writeJson(item)}`;
  return `k:${writeJson(mapKey(item, keys.toSorted(), schema.items))}`;
}

function collect(node: JsonObject, path: string, paths: Set<string>): void {
  for (const [element, child] of Object.entries(node)) {
    if (element === '.' || !isJsonObject(child)) continue;
    const childPath = fieldPath(path, element);
    if (Object.keys(child).length === 0 || Object.hasOwn(child, '.')) paths.add(childPath);
    collect(child, childPath, paths);
  }
}

// A leaf is written `{}`; only a member that also has children needs its dot.
function withoutLoneDots(node: JsonObject): JsonObject {
  const names = Object.keys(node);
  if (names.length === 1 && names[0] === '.') return {};
  return Object.fromEntries(names.map((name) => [name, withoutLoneDots(node[name] as JsonObject)]));
}

function showElement(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  const key = Object.entries(readJson(rest) as JsonObject).map(
    ([name, value]) => `${name}=${writeJson(value)}`,
  );
  return `[${key.join(',')}]`;
}
