import { isJsonArray, isJsonObject, jsonEqual, type JsonValue } from '../json.ts';
import { writeJson } from '../exact-json.ts';

/** One operation of RFC 6902. */
export interface JsonPatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: JsonValue;
}

/** An operation that does not fit the document; the whole patch is refused. */
export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError';
}

/** How much the copies of one patch may add, as JSON: a few that copy each other would fill any memory. */
const MAX_COPIED_CHARACTERS = 3 * 1024 * 1024;

/** RFC 6902 on a copy: applies every operation in order, or throws JsonPatchError. */
export function jsonPatch(target: JsonValue, operations: readonly JsonPatchOperation[]): JsonValue {
  const copies = { characters: 0 };
  return operations.reduce((document, operation) => applyOperation(document, operation, copies), target);
}

function applyOperation(
  document: JsonValue,
  operation: JsonPatchOperation,
  copies: { characters: number },
): JsonValue {
  const path = segmentsOf(operation.path);
  switch (operation.op) {
    case 'add':
      return change(document, path, () => valueOf(operation), 'insert');
    case 'replace':
      read(document, path);
      return change(document, path, () => valueOf(operation), 'set');
    case 'remove':
      read(document, path);
      return change(document, path, () => undefined, 'set');
    case 'test':
      if (!jsonEqual(read(document, path), valueOf(operation)))
        throw new JsonPatchError(`testing path ${operation.path} failed`);
      return document;
    case 'copy': {
      const copied = read(document, segmentsOf(operation.from ?? ''));
      copies.characters += writeJson(copied).length;
      if (copies.characters > MAX_COPIED_CHARACTERS) throw new JsonPatchError('the copies are too large');
      return change(document, path, () => copied, 'insert');
    }
    case 'move': {
      const from = segmentsOf(operation.from ?? '');
      const moved = read(document, from);
      return change(
        change(document, from, () => undefined, 'set'),
        path,
        () => moved,
        'insert',
      );
    }
    default:
      throw new JsonPatchError(`unexpected kind: ${operation.op}`);
  }
}

function segmentsOf(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw new JsonPatchError(`path ${pointer} must start with a slash`);
  return pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueOf(operation: JsonPatchOperation): JsonValue {
  if (operation.value === undefined)
    throw new JsonPatchError(`operation ${operation.op} ${operation.path} has no value`);
  return operation.value;
}

function read(document: JsonValue, path: readonly string[]): JsonValue {
  return path.reduce<JsonValue>((current, segment) => {
    const found = isJsonArray(current)
      ? current[indexIn(current, segment)]
      : isJsonObject(current) && Object.hasOwn(current, segment)
        ? current[segment]
        : undefined;
    if (found === undefined) throw new JsonPatchError(`no value at ${segment}`);
    return found;
  }, document);
}

// Copies along the path; `undefined` from `make` removes, `insert` shifts the items of a list.
function change(
  current: JsonValue,
  path: readonly string[],
  make: () => JsonValue | undefined,
  mode: 'insert' | 'set',
): JsonValue {
  const [segment, ...rest] = path;
  if (segment === undefined) return make() ?? null;
  if (isJsonArray(current)) return changeList(current, segment, { rest, make, mode });
  if (!isJsonObject(current))
    throw new JsonPatchError(`no member ${segment} in a value that is not an object`);
  if (rest.length > 0) return { ...current, [segment]: change(read(current, [segment]), rest, make, mode) };
  const value = make();
  const { [segment]: _removed, ...others } = current;
  return value === undefined ? others : { ...others, [segment]: value };
}

interface ListChange {
  readonly rest: readonly string[];
  readonly make: () => JsonValue | undefined;
  readonly mode: 'insert' | 'set';
}

function changeList(
  list: readonly JsonValue[],
  segment: string,
  { rest, make, mode }: ListChange,
): JsonValue {
  if (rest.length > 0) {
    const index = indexIn(list, segment);
    return list.with(index, change(read(list, [segment]), rest, make, mode));
  }
  const value = make();
  if (mode === 'insert') {
    const index = segment === '-' ? list.length : indexIn(list, segment, list.length);
    return value === undefined ? list : list.toSpliced(index, 0, value);
  }
  const index = indexIn(list, segment);
  return value === undefined ? list.toSpliced(index, 1) : list.with(index, value);
}

function indexIn(list: readonly JsonValue[], segment: string, max = list.length - 1): number {
  const index = /^(0|[1-9]\d*)$/.test(segment) ? Number(segment) : Number.NaN;
  if (!(index >= 0 && index <= max))
    throw new JsonPatchError(`no item ${segment} in a list of ${list.length}`);
  return index;
}
