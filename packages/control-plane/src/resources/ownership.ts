import { jsonEqual, without, type JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { mergeConfiguration, removeFields } from '../patch/apply.ts';
import { claimedFields, compare, type Comparison } from '../patch/compare.ts';
import { difference, type FieldSet } from '../patch/field-set.ts';
import { ManagedFields, type Manager } from '../patch/managed-fields.ts';
import { StatusError } from '../http/status.ts';
import { apiVersionOf, type Resource } from './definition.ts';

/** Decides who owns the fields of an object after a write. */
export interface Ownership {
  readonly manager: Manager;
  readonly own: (wanted: KubeObject, old: KubeObject | undefined) => ManagedFields;
}

/** Members of metadata that nobody owns. */
const UNOWNED_METADATA = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
];

/** Updates own what they change. */
export function updateOwnership(resource: Resource, manager: Manager): Ownership {
  const own: Ownership['own'] = (wanted, old) => {
    const part = (object: KubeObject): JsonObject =>
      ownedPart(writablePart(object, resource, manager.subresource));
    const before = old ? part(old) : { metadata: {}, ...resource.definition.zero };
    const comparison = compare(before, part(wanted), resource.version.schema.ownership);
    return ManagedFields.from(old?.metadata.managedFields).afterUpdate(manager, comparison);
  };
  return { manager, own };
}

/** What an apply makes of an object, and who owns it then. */
export interface ApplyPlan {
  readonly object: JsonObject;
  readonly ownership: Ownership;
}

/** How an apply is to be done. */
export interface ApplyPlanOptions {
  readonly resource: Resource;
  readonly manager: Manager;
  /** Whether fields of other managers may be taken. */
  readonly isForced: boolean;
}

/**
 * Works out a server-side apply.
 *
 * @throws StatusError 409 when it would change fields of others, 500 for a field that the schema does not have.
 */
export function planApply(
  configuration: JsonObject,
  live: KubeObject | undefined,
  options: ApplyPlanOptions,
): ApplyPlan {
  const { resource, manager } = options;
  const schema = resource.version.schema.ownership;
  refuseUnknownFields(configuration, resource);
  const own = writablePart(configuration, resource, manager.subresource);
  const claimed = difference(claimedFields(ownedPart(own), schema), EMPTY_METADATA);
  if (!live) {
    const created = ManagedFields.from([]).afterApply(manager, claimed, NO_CHANGE);
    return { object: own, ownership: { manager, own: () => created } };
  }
  const managed = ManagedFields.from(live.metadata.managedFields);
  const merged = mergeConfiguration(live, own, schema);
  const object = removeFields(merged, managed.abandonedBy(manager, claimed), schema);
  const comparison = compare(ownedPart(live), ownedPart(object), schema);
  if (!options.isForced) managed.refuseConflicts(manager, comparison);
  return { object, ownership: { manager, own: () => managed.afterApply(manager, claimed, comparison) } };
}

/** The object with its new owners; entries keep their time when only ownership changed. */
export function withOwners(
  wanted: KubeObject,
  old: KubeObject | undefined,
  ownership: Ownership,
  now: string,
): KubeObject {
  const before = ManagedFields.from(old?.metadata.managedFields);
  const isChanged = !old || !jsonEqual(withoutManagedFields(wanted), withoutManagedFields(old));
  // A real server leaves writes through the scale subresource without a time.
  const time = isChanged && ownership.manager.subresource !== 'scale' ? now : undefined;
  const managedFields = ownership.own(wanted, old).toEntries(before, { manager: ownership.manager, time });
  const metadata = without(wanted.metadata, 'managedFields');
  return { ...wanted, metadata: managedFields.length > 0 ? { ...metadata, managedFields } : metadata };
}

/** The writer of a request. */
export function managerOf(
  resource: Resource,
  options: {
    readonly name: string;
    readonly operation: Manager['operation'];
    readonly subresource: string | undefined;
  },
): Manager {
  return { ...options, apiVersion: apiVersionOf(resource) };
}

/** The claim of a configuration that says nothing in its metadata. */
const EMPTY_METADATA: FieldSet = new Set(['f:metadata']);

const NO_CHANGE: Comparison = { added: new Set(), modified: new Set(), removed: new Set() } satisfies Record<
  string,
  FieldSet
>;

function ownedPart(object: JsonObject): JsonObject {
  const { metadata } = object as { readonly metadata?: JsonObject };
  return { ...without(object, 'apiVersion', 'kind'), metadata: without(metadata ?? {}, ...UNOWNED_METADATA) };
}

function writablePart(
  configuration: JsonObject,
  resource: Resource,
  subresource: string | undefined,
): JsonObject {
  if (subresource !== 'status')
    return resource.version.hasStatus ? without(configuration, 'status') : configuration;
  const { apiVersion, kind, metadata, status } = configuration;
  const identity = Object.fromEntries(
    Object.entries(metadata as JsonObject).filter(([name]) => UNOWNED_METADATA.includes(name)),
  );
  return { apiVersion, kind, metadata: identity, ...(status !== undefined && { status }) };
}

function refuseUnknownFields(configuration: JsonObject, resource: Resource): void {
  const [unknown] = resource.version.schema.prune(configuration as KubeObject).unknown;
  if (unknown === undefined) return;
  const { name = '', namespace = '' } = (configuration as KubeObject).metadata;
  const subject = `${namespace}/${name}; ${apiVersionOf(resource)}, Kind=${resource.definition.kind}`;
  throw new StatusError(
    500,
    undefined,
    `failed to create typed patch object (${subject}): .${unknown}: field not declared in schema`,
  );
}

function withoutManagedFields(object: KubeObject): JsonObject {
  return { ...object, metadata: without(object.metadata, 'managedFields') };
}
