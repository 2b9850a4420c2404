import type { Cause } from '../http/status.ts';
import { isJsonObject, jsonEqual, memberAt, without, type JsonObject } from '../json.ts';
import { stringAt, stringsAt, type KubeObject } from '../kube-object.ts';

const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/;

/** What a ConfigMap or a Secret may hold. */
const MAX_DATA_BYTES = 1024 * 1024;

/** A namespace carries its own name as a label. */
export function labelNamespace(object: KubeObject): KubeObject {
  const labels = { 'kubernetes.io/metadata.name': object.metadata.name ?? '', ...object.metadata.labels };
  return { ...object, metadata: { ...object.metadata, labels } };
}

/** A namespace is Active until it is deleted; its finalizers are changed by its finalize subresource alone. */
export function prepareNamespace(
  object: KubeObject,
  old: KubeObject | undefined,
  subresource?: string,
): KubeObject {
  if (subresource === 'finalize') return object;
  const spec = old ? old['spec'] : { finalizers: ['kubernetes'], ...objectOf(object['spec']) };
  const status = old ? objectOf(object['status']) : { phase: 'Active' };
  return { ...object, ...(spec !== undefined && { spec }), status };
}

/** `stringData` is written once and read back as base64 in `data`. */
export function encodeStringData(object: KubeObject): KubeObject {
  const typed: KubeObject = { ...object, type: object['type'] ?? 'Opaque' };
  const stringData = typed['stringData'];
  if (!isJsonObject(stringData)) return typed;
  const encoded = Object.entries(stringData).map(([key, text]) => {
    return [key, Buffer.from(typeof text === 'string' ? text : '', 'utf8').toString('base64')] as const;
  });
  const data = { ...objectOf(typed['data']), ...Object.fromEntries(encoded) };
  return { ...without(typed, 'stringData'), data };
}

/** The defaults that clients read back; no address is given out, because nothing routes to it. */
export function prepareService(object: KubeObject): KubeObject {
  const spec = objectOf(object['spec']);
  return {
    ...object,
    spec: { sessionAffinity: 'None', type: 'ClusterIP', ...spec },
    status: object['status'] ?? { loadBalancer: {} },
  };
}

/** Keys must be file names, the data at most 1 MiB; an immutable ConfigMap or Secret keeps its data. */
export function checkConfigMap(object: KubeObject, old: KubeObject | undefined): readonly Cause[] {
  const causes = ['data', 'binaryData'].flatMap((field) =>
    Object.keys(objectOf(object[field]))
      .filter((key) => !CONFIG_KEY.test(key))
      .map((key) => badKey(field, key)),
  );
  if (dataBytes(object) > MAX_DATA_BYTES) causes.push(tooMuchData(object));
  if (!old || old['immutable'] !== true) return causes;
  const frozen = ['data', 'binaryData'].filter((field) => !jsonEqual(old[field], object[field]));
  if (object['immutable'] !== true) frozen.push('immutable');
  return [...causes, ...frozen.map(immutableField)];
}

/** A lease's duration counts seconds from one upward. */
export function checkLease(object: KubeObject): readonly Cause[] {
  const durationS = memberAt(object, ['spec', 'leaseDurationSeconds']);
  if (typeof durationS !== 'number' || durationS > 0) return [];
  const message = `Invalid value: ${durationS}: must be greater than 0`;
  return [{ reason: 'FieldValueInvalid', message, field: 'spec.leaseDurationSeconds' }];
}

/** A namespace that is held by these finalizers, and not by others. */
export function heldBy(namespace: KubeObject, finalizers: readonly string[]): KubeObject {
  return { ...namespace, spec: finalizers.length > 0 ? { finalizers } : {} };
}

/** Whether a namespace that is on its way out is held by nobody any more. */
export function isNamespaceReleased(namespace: KubeObject): boolean {
  const held =
    stringsAt(namespace, 'spec', 'finalizers').length + (namespace.metadata.finalizers ?? []).length;
  return isNamespaceTerminating(namespace) && held === 0;
}

/** Whether a namespace is on its way out. */
export function isNamespaceTerminating(namespace: KubeObject): boolean {
  return stringAt(namespace, 'metadata', 'deletionTimestamp') !== undefined;
}

function dataBytes(object: KubeObject): number {
  const bytesOf = (field: string, encoding: 'utf8' | 'base64'): number =>
    Object.values(objectOf(object[field])).reduce<number>((sum, value) => {
      return sum + (typeof value === 'string' ? Buffer.byteLength(value, encoding) : 0);
    }, 0);
  return bytesOf('data', object.kind === 'Secret' ? 'base64' : 'utf8') + bytesOf('binaryData', 'base64');
}

function tooMuchData({ kind }: KubeObject): Cause {
  const message = `Too long: may not be more than ${MAX_DATA_BYTES} bytes`;
  // A real server names no field of a ConfigMap, and this is how it writes that.
  return { reason: 'FieldValueTooLong', message, field: kind === 'Secret' ? 'data' : '[]' };
}

function badKey(field: string, key: string): Cause {
  const rule =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' " +
    "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(key)}: ${rule}`,
    field: `${field}[${key}]`,
  };
}

function immutableField(field: string): Cause {
  const message = 'Forbidden: field is immutable when `immutable` is set';
  return { reason: 'FieldValueForbidden', message, field };
}

function objectOf(value: KubeObject[string]): JsonObject {
  return isJsonObject(value) ? value : {};
}
