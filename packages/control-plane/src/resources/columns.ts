import { isJsonArray, isJsonObject, memberAt, type JsonValue } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { compilePath } from './json-path.ts';
import type { Column } from './definition.ts';
import { writeJson } from '../exact-json.ts';

const NAME_DESCRIPTION =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow ' +
  'a client to request the generation of an appropriate name automatically. Name is primarily intended for creation ' +
  'idempotence and configuration definition. Cannot be updated. More info: ' +
  'https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';

const CREATED_DESCRIPTION =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed ' +
  'to be set in happens-before order across separate operations. Clients may not set this value. It is represented ' +
  'in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: ' +
  'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

/** The first column of every table. */
export const NAME_COLUMN: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: NAME_DESCRIPTION,
  priority: 0,
  cell: (object) => object.metadata.name ?? '',
};

/** How old the object is, as a duration. */
export const AGE_COLUMN: Column = {
  name: 'Age',
  type: 'date',
  format: '',
  description: CREATED_DESCRIPTION,
  priority: 0,
  cell: (object, nowMs) => age(object.metadata.creationTimestamp, nowMs),
};

/** When the object was made, as a timestamp. */
export const CREATED_AT_COLUMN: Column = {
  ...AGE_COLUMN,
  name: 'Created At',
  cell: (object) => object.metadata.creationTimestamp ?? null,
};

/** A column as `additionalPrinterColumns` declares it. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

/** A column that shows what a JSONPath finds. */
export function printerColumn(declared: PrinterColumn): Column {
  const { name, type, format = '', priority = 0, jsonPath } = declared;
  const find = compilePath(jsonPath);
  return {
    name,
    type,
    format,
    priority,
    description:
      declared.description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    cell: (object, nowMs) => cellOf(find(object)[0], type, nowMs),
  };
}

/** The text at `path`, or `fallback`. */
export function textAt(object: KubeObject, path: readonly string[], fallback = ''): string {
  const value = memberAt(object, path);
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : fallback;
}

/** The number at `path`, or zero. */
export function numberAt(object: KubeObject, ...path: readonly string[]): number {
  const value = memberAt(object, path);
  return typeof value === 'number' ? value : 0;
}

/** How many members or items there are at the paths together. */
export function countAt(object: KubeObject, ...paths: ReadonlyArray<readonly string[]>): number {
  return paths.reduce((total, path) => {
    const value = memberAt(object, path);
    return total + (isJsonArray(value) ? value.length : isJsonObject(value) ? Object.keys(value).length : 0);
  }, 0);
}

/** A duration since `time` as tables show it: `5s`, `3m12s`, `4h`, `12d`. */
export function age(time: string | undefined, nowMs: number): string {
  if (time === undefined) return '<unknown>';
  const startMs = Date.parse(time);
  if (Number.isNaN(startMs)) return '<invalid>';
  return humanDuration(Math.floor((nowMs - startMs) / 1000));
}

// The steps and their precision are those of kubectl's own columns.
function humanDuration(seconds: number): string {
  if (seconds < -1) return '<invalid>';
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return pair(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

// Of several values that a path finds, a column shows the first.
function cellOf(first: JsonValue | undefined, type: string, nowMs: number): JsonValue {
  if (first === undefined || first === null) return null;
  if (type === 'date') return typeof first === 'string' ? age(first, nowMs) : '<invalid>';
  if (type === 'integer' || type === 'number')
    return typeof first === 'number' || typeof first === 'bigint' ? first : null;
  if (type === 'boolean') return typeof first === 'boolean' ? first : null;
  return typeof first === 'string' ? first : writeJson(first);
}
