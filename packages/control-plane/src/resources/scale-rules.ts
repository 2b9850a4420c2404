import type { Cause } from '../http/status.ts';
import { isJsonArray, isJsonObject, memberAt, type JsonValue } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { ScalePaths, VersionDefinition } from './definition.ts';
import { writeJson } from '../exact-json.ts';

const MAX_REPLICAS = 2 ** 31 - 1;

/** What a scale subresource could not show: replicas that are no whole number of pods, a selector that is no text. */
export function checkScale(
  object: KubeObject,
  { scale }: VersionDefinition,
  part: 'spec' | 'status',
): readonly Cause[] {
  if (!scale) return [];
  return part === 'spec' ? checkReplicas(object, scale.specReplicas) : checkStatus(object, scale);
}

function checkStatus(object: KubeObject, { statusReplicas, labelSelector }: ScalePaths): readonly Cause[] {
  const selector = labelSelector && memberAt(object, labelSelector);
  const isReadable = selector === undefined || typeof selector === 'string';
  return [
    ...checkReplicas(object, statusReplicas),
    ...(isReadable || !labelSelector
      ? []
      : [unreadable(labelSelector, selector, { zero: '', expected: 'string' })]),
  ];
}

function checkReplicas(object: KubeObject, path: readonly string[]): readonly Cause[] {
  const value = memberAt(object, path);
  if (value === undefined) return [];
  if (typeof value !== 'number' || !Number.isInteger(value))
    return [unreadable(path, value, { zero: 0, expected: 'int64' })];
  if (value < 0) return [invalidAt(path, value, 'should be a non-negative integer')];
  return value > MAX_REPLICAS
    ? [invalidAt(path, value, `should be less than or equal to ${MAX_REPLICAS}`)]
    : [];
}

function unreadable(
  path: readonly string[],
  value: JsonValue,
  { zero, expected }: { readonly zero: JsonValue; readonly expected: string },
): Cause {
  const shown = typeof value === 'object' ? writeJson(value) : String(value);
  const where = `.${path.join('.')}`;
  return invalidAt(
    path,
    zero,
    `${where} accessor error: ${shown} is of the type ${goType(value)}, expected ${expected}`,
  );
}

function goType(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (isJsonArray(value)) return '[]interface {}';
  if (isJsonObject(value)) return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

function invalidAt(path: readonly string[], value: JsonValue, text: string): Cause {
  const message = `Invalid value: ${writeJson(value)}: ${text}`;
  return { reason: 'FieldValueInvalid', message, field: `.${path.join('.')}` };
}
