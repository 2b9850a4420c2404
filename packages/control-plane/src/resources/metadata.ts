import { createNameSuffix, createUid } from '../random.ts';
import { type Cause } from '../http/status.ts';
import { isJsonArray, isJsonObject, without, type JsonObject, type JsonValue } from '../json.ts';
import type { KubeObject, ObjectMeta, OwnerReference } from '../kube-object.ts';
import { writeJson } from '../exact-json.ts';

/** What only the server writes. */
const SYSTEM_FIELDS = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
] as const;

/** Members of metadata that may be written; anything else is dropped with a warning. */
const KNOWN_FIELDS = new Set<string>([
  ...SYSTEM_FIELDS,
  'name',
  'generateName',
  'namespace',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
]);

const MAX_GENERATED_BASE = 58;
const MAX_ANNOTATION_BYTES = 256 * 1024;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** Metadata of a new object: client values for system fields are ignored. */
export function newMetadata(meta: ObjectMeta, namespace: string | undefined, createdAt: string): ObjectMeta {
  const base = without(meta, ...SYSTEM_FIELDS);
  const name =
    base.name ??
    (base.generateName
      ? `${base.generateName.slice(0, MAX_GENERATED_BASE)}${createNameSuffix()}`
      : undefined);
  return withoutEmptyMembers({
    ...base,
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
    uid: createUid(),
    creationTimestamp: createdAt,
  });
}

/** Metadata after an update: what the client may change from `meta`, the rest from `old`. */
export function updatedMetadata(meta: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const system: JsonObject = Object.fromEntries(
    SYSTEM_FIELDS.map((field) => [field, old[field] as JsonValue | undefined]),
  );
  const kept = { name: old.name, namespace: old.namespace, generateName: old.generateName };
  return withoutEmptyMembers({ ...without(meta, ...SYSTEM_FIELDS), ...kept, ...system });
}

/** The members of metadata that nobody knows, as paths. */
export function unknownMetadata(meta: JsonObject): readonly string[] {
  return Object.keys(meta)
    .filter((field) => !KNOWN_FIELDS.has(field))
    .map((field) => `metadata.${field}`);
}

/** Metadata without unknown members. */
export function knownMetadata(meta: ObjectMeta): ObjectMeta {
  const known = without(meta, ...Object.keys(meta).filter((field) => !KNOWN_FIELDS.has(field)));
  const { labels, annotations } = known;
  return {
    ...known,
    ...(labels && { labels: textMap(labels) }),
    ...(annotations && { annotations: textMap(annotations) }),
  };
}

// A null in a map of texts is the empty text, as for the real server's decoder.
function textMap(map: Readonly<Record<string, string | null>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, value ?? '']));
}

/** The first member of the wrong type, as the decoder of a real server reports it. */
export function metadataTypeError(meta: JsonValue | undefined): string | undefined {
  if (meta === undefined || meta === null) return undefined;
  if (!isJsonObject(meta)) return goTypeError(meta, 'ObjectMeta', 'v1.ObjectMeta');
  for (const field of ['name', 'generateName', 'namespace', 'uid', 'resourceVersion'] as const) {
    const value: JsonValue | undefined = meta[field];
    if (value !== undefined && value !== null && typeof value !== 'string') {
      return goTypeError(value, `ObjectMeta.${field}`, 'string');
    }
  }
  for (const field of ['labels', 'annotations'] as const) {
    const map: JsonValue | undefined = meta[field];
    if (map === undefined || map === null) continue;
    if (!isJsonObject(map)) return goTypeError(map, `ObjectMeta.${field}`, 'map[string]string');
    const wrong = Object.values(map).find(
      (value) => value !== undefined && value !== null && typeof value !== 'string',
    );
    if (wrong !== undefined) return goTypeError(wrong, `ObjectMeta.${field}`, 'string');
  }
  return (
    listTypeError(meta['finalizers'], 'finalizers') ??
    listTypeError(meta['ownerReferences'], 'ownerReferences')
  );
}

function listTypeError(
  list: JsonValue | undefined,
  field: 'finalizers' | 'ownerReferences',
): string | undefined {
  if (list === undefined || list === null) return undefined;
  const itemType = field === 'finalizers' ? 'string' : 'v1.OwnerReference';
  if (!isJsonArray(list)) return goTypeError(list, `ObjectMeta.${field}`, `[]${itemType}`);
  for (const item of list) {
    if (field === 'finalizers' ? typeof item !== 'string' : !isJsonObject(item))
      return goTypeError(item, `ObjectMeta.${field}`, itemType);
    const parts = isJsonObject(item)
      ? ['apiVersion', 'kind', 'name', 'uid'].map((name) => [name, item[name]] as const)
      : [];
    for (const [name, value] of parts) {
      if (value !== undefined && typeof value !== 'string')
        return goTypeError(value, `OwnerReference.${name}`, 'string');
    }
  }
  return undefined;
}

/** `json: cannot unmarshal …`, the text of a value whose type does not fit. */
export function goTypeError(value: JsonValue, field: string, expected: string): string {
  const actual = isJsonArray(value)
    ? 'array'
    : isJsonObject(value)
      ? 'object'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value;
  return `json: cannot unmarshal ${actual} into Go struct field ${field} of type ${expected}`;
}

/** Finalizers that could be anybody's; allowed, but worth a warning. */
export function finalizerWarnings({ finalizers = [] }: ObjectMeta): readonly string[] {
  const standard = ['orphan', 'foregroundDeletion'];
  return finalizers
    .filter((finalizer) => !finalizer.includes('/') && !standard.includes(finalizer))
    .map((finalizer) => {
      const advice =
        'prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers';
      return `metadata.finalizers: ${JSON.stringify(finalizer)}: ${advice}`;
    });
}

/** Names, labels, finalizers and owner references that are not well formed. */
export function checkMetadata(object: KubeObject, old: KubeObject | undefined): readonly Cause[] {
  const { metadata } = object;
  const always = [
    ...Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => checkLabel(key, value)),
    ...Object.keys(metadata.annotations ?? {}).flatMap((key) =>
      checkQualifiedName(key.toLowerCase(), 'metadata.annotations', key),
    ),
    ...checkAnnotationSize(metadata.annotations ?? {}),
    ...(metadata.ownerReferences ?? []).flatMap(checkOwner),
  ];
  const finalizers = (metadata.finalizers ?? []).flatMap((name) =>
    checkQualifiedName(name, 'metadata.finalizers', name),
  );
  if (!old) return [...checkName(metadata.name, object), ...always, ...finalizers];
  // A real server looks at an update as it would at a new object, then at the change, then the kind looks at it again.
  const change = [...checkNewFinalizers(metadata, old.metadata), ...always];
  return [...always, ...finalizers, ...change, ...change];
}

function checkName(name: string | undefined, object: KubeObject): readonly Cause[] {
  if (name === undefined || name === '') {
    return [
      {
        reason: 'FieldValueRequired',
        message: 'Required value: name or generateName is required',
        field: 'metadata.name',
      },
    ];
  }
  if (object.apiVersion.startsWith('rbac.authorization.k8s.io/')) {
    return /[/%]|^\.\.?$/.test(name)
      ? [invalidField('metadata.name', name, "may not contain '/' or '%'")]
      : [];
  }
  if (object.kind === 'Namespace' || object.kind === 'Service') {
    return DNS_LABEL.test(name) && name.length <= 63 ? [] : [invalidField('metadata.name', name, LABEL_RULE)];
  }
  return SUBDOMAIN.test(name) && name.length <= 253
    ? []
    : [invalidField('metadata.name', name, SUBDOMAIN_RULE)];
}

function checkLabel(key: string, value: string): readonly Cause[] {
  const causes = [...checkQualifiedName(key, 'metadata.labels', key)];
  if (value.length > 63) causes.push(tooLong('metadata.labels', 63));
  if (value !== '' && !LABEL_NAME.test(value))
    causes.push(invalidField('metadata.labels', value, LABEL_VALUE_RULE));
  return causes;
}

function checkAnnotationSize(annotations: Readonly<Record<string, string>>): readonly Cause[] {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  return bytes > MAX_ANNOTATION_BYTES ? [tooLong('metadata.annotations', MAX_ANNOTATION_BYTES)] : [];
}

function checkQualifiedName(key: string, field: string, shown: string): readonly Cause[] {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length > 1 ? parts[0] : undefined;
  if (parts.length > 2) return [invalidField(field, shown, QUALIFIED_NAME_RULE)];
  if (prefix !== undefined && !SUBDOMAIN.test(prefix))
    return [invalidField(field, shown, `prefix part ${SUBDOMAIN_RULE}`)];
  return LABEL_NAME.test(name) && name.length <= 63 ? [] : [invalidField(field, shown, NAME_PART_RULE)];
}

function checkOwner(owner: OwnerReference): readonly Cause[] {
  const field = 'metadata.ownerReferences';
  const required: ReadonlyArray<readonly [string, string]> = [
    ['apiVersion', owner.apiVersion],
    ['kind', owner.kind],
    ['name', owner.name],
    ['uid', owner.uid],
  ];
  return required
    .filter(([, value]) => !value)
    .map(([name]) =>
      invalidField(
        `${field}.${name}`,
        '',
        name === 'apiVersion' ? 'version must not be empty' : 'must not be empty',
      ),
    );
}

function checkNewFinalizers(metadata: ObjectMeta, old: ObjectMeta): readonly Cause[] {
  if (!old.deletionTimestamp) return [];
  const added = (metadata.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer));
  if (added.length === 0) return [];
  const shown = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  const text = 'no new finalizers can be added if the object is being deleted, found new finalizers';
  return [
    {
      reason: 'FieldValueForbidden',
      message: `Forbidden: ${text} []string{${shown}}`,
      field: 'metadata.finalizers',
    },
  ];
}

function invalidField(field: string, value: string, text: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${writeJson(value)}: ${text}`, field };
}

function tooLong(field: string, max: number): Cause {
  return { reason: 'FieldValueTooLong', message: `Too long: may not be more than ${max} bytes`, field };
}

// Null and empty maps and lists do not survive a round trip through the real server's types.
function withoutEmptyMembers(meta: JsonObject): ObjectMeta {
  const isKept = (value: JsonValue | undefined): boolean => {
    if (value === undefined || value === null || value === '') return false;
    return typeof value !== 'object' || Object.keys(value).length > 0;
  };
  return Object.fromEntries(Object.entries(meta).filter(([, value]) => isKept(value)));
}

const ALPHANUMERIC = 'must start and end with an alphanumeric character';
const LABEL_RULE =
  `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and ${ALPHANUMERIC} ` +
  "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_RULE =
  `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and ${ALPHANUMERIC} ` +
  "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_VALUE_RULE =
  `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and ${ALPHANUMERIC} ` +
  "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME_PART_RULE =
  `name part must consist of alphanumeric characters, '-', '_' or '.', and ${ALPHANUMERIC} ` +
  "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const QUALIFIED_NAME_RULE =
  `a qualified name must consist of alphanumeric characters, '-', '_' or '.', and ${ALPHANUMERIC} ` +
  "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') " +
  "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
