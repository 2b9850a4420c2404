import { jsonEqual, type JsonObject, type JsonValue } from '../json.ts';
import type { Schema } from '../schema/schema.ts';
import { childrenOf, fieldPath, type FieldChild, type FieldSet } from './field-set.ts';

/** Which fields differ between two states of an object. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Compares field by field, as finely as the schema lets fields be owned. */
export function compare(before: JsonObject, after: JsonObject, schema: Schema): Comparison {
  const found = { added: new Set<string>(), modified: new Set<string>(), removed: new Set<string>() };
  compareValues(before, after, { schema, path: '', found });
  return found;
}

/** The fields that an applied configuration claims: its leaves and its list items. */
export function claimedFields(configuration: JsonObject, schema: Schema): FieldSet {
  const paths = new Set<string>();
  claim(configuration, schema, '', paths);
  return paths;
}

interface Found {
  readonly added: Set<string>;
  readonly modified: Set<string>;
  readonly removed: Set<string>;
}

interface Place {
  readonly schema: Schema | undefined;
  readonly path: string;
  readonly found: Found;
}

function compareValues(before: JsonValue, after: JsonValue, { schema, path, found }: Place): void {
  // Most parts of most writes are as they were.
  if (jsonEqual(before, after)) return;
  const left = childrenOf(before, schema);
  const right = childrenOf(after, schema);
  if (!left || !right) {
    found.modified.add(path);
    return;
  }
  const rest = new Map(right.map((child) => [child.element, child]));
  for (const child of left) {
    const childPath = fieldPath(path, child.element);
    const other = rest.get(child.element);
    rest.delete(child.element);
    if (other) compareValues(child.value, other.value, { schema: child.schema, path: childPath, found });
    else addAll(child, childPath, found.removed);
  }
  for (const child of rest.values()) addAll(child, fieldPath(path, child.element), found.added);
}

function addAll(child: FieldChild, path: string, paths: Set<string>): void {
  paths.add(path);
  for (const part of childrenOf(child.value, child.schema) ?? [])
    addAll(part, fieldPath(path, part.element), paths);
}

function claim(value: JsonValue, schema: Schema | undefined, path: string, paths: Set<string>): void {
  const children = childrenOf(value, schema);
  if (!children || children.length === 0) {
    if (path !== '') paths.add(path);
    return;
  }
  for (const child of children) {
    const childPath = fieldPath(path, child.element);
    if (!child.element.startsWith('f:')) paths.add(childPath);
    claim(child.value, child.schema, childPath, paths);
  }
}
