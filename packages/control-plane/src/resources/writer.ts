import { timestamp, type Clock } from '../clock.ts';
import {
  alreadyExists,
  forbidden,
  invalid,
  notFound,
  preconditionFailed,
  staleVersion,
  StatusError,
  type Cause,
} from '../http/status.ts';
import { jsonEqual, without, type JsonObject } from '../json.ts';
import { keyOf, stringsAt, type KubeObject } from '../kube-object.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { decode, refuseOtherName, refuseWrongTypes, reportUnknown, type DecodeOptions } from './decode.ts';
import { heldBy, isNamespaceReleased, isNamespaceTerminating } from './builtin-rules.ts';
import { toStorage, toVersion } from './versions.ts';
import { managerOf, planApply, updateOwnership, withOwners, type Ownership } from './ownership.ts';
import type { Resource } from './definition.ts';
import { checkScale } from './scale-rules.ts';
import {
  checkMetadata,
  finalizerWarnings,
  knownMetadata,
  newMetadata,
  unknownMetadata,
  updatedMetadata,
} from './metadata.ts';

/** Which part of an object a write may change. */
export type Subresource = 'status' | 'scale' | 'finalize' | undefined;

/** How a write is to be done. */
export interface WriteOptions extends DecodeOptions {
  readonly isDryRun: boolean;
  /** Who writes, for `metadata.managedFields`. */
  readonly fieldManager: string;
}

/** Where an object is or will be. */
export interface Target {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly subresource: Subresource;
}

/** What a write did. */
export interface WriteResult {
  readonly object: KubeObject;
  readonly isCreated: boolean;
}

/** How an apply is to be done. */
export interface ApplyOptions extends WriteOptions {
  /** Whether fields of other managers may be taken. */
  readonly isForced: boolean;
  /** Throws when the object may be changed but not created. */
  readonly checkCreation: () => void;
}

interface Creation {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly body: JsonObject;
  readonly ownership: Ownership;
}

interface Replacement {
  readonly target: Target;
  readonly stored: KubeObject;
  readonly wanted: JsonObject;
  readonly ownership: Ownership;
}

/** Creates and changes objects by the rules of their kind. */
export class Writer {
  readonly #store: ObjectStore;
  readonly #clock: Clock;

  constructor(store: ObjectStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Creates an object in `namespace`; the name comes from the object itself. */
  create(
    resource: Resource,
    namespace: string | undefined,
    body: JsonObject,
    options: WriteOptions,
  ): Promise<WriteResult> {
    const manager = managerOf(resource, {
      name: options.fieldManager,
      operation: 'Update',
      subresource: undefined,
    });
    return this.#create(
      { resource, namespace, body, ownership: updateOwnership(resource, manager) },
      options,
    );
  }

  /**
   * Changes an object: `change` makes the wanted state from the current one.
   *
   * Nothing is written when nothing differs; an object whose last finalizer goes while it is being deleted is removed.
   */
  update(
    target: Target,
    change: (current: KubeObject) => JsonObject,
    options: WriteOptions,
  ): Promise<WriteResult> {
    const { resource, subresource } = target;
    const stored = this.#latest(target);
    if (!stored) throw notFound(resource.definition, target.name);
    const manager = managerOf(resource, { name: options.fieldManager, operation: 'Update', subresource });
    const old = toVersion(stored, resource);
    return this.#replace(
      { target, stored, wanted: change(old), ownership: updateOwnership(resource, manager) },
      options,
    );
  }

  /** Server-side apply: creates the object, or makes its fields those of the configuration. */
  apply(target: Target, configuration: JsonObject, options: ApplyOptions): Promise<WriteResult> {
    const { resource, namespace, name, subresource } = target;
    const body = decode(configuration, target, options);
    refuseOtherName(body, name);
    const stored = this.#latest(target);
    if (!stored && subresource !== undefined) throw notFound(resource.definition, name);
    const manager = managerOf(resource, { name: options.fieldManager, operation: 'Apply', subresource });
    const live = stored && toVersion(stored, resource);
    const plan = planApply(body, live, { resource, manager, isForced: options.isForced });
    if (stored)
      return this.#replace({ target, stored, wanted: plan.object, ownership: plan.ownership }, options);
    options.checkCreation();
    const named = { ...plan.object, metadata: { ...body.metadata, name } };
    return this.#create({ resource, namespace, body: named, ownership: plan.ownership }, options);
  }

  async #create(
    { resource, namespace, body, ownership }: Creation,
    options: WriteOptions,
  ): Promise<WriteResult> {
    const { definition } = resource;
    const decoded = decode(body, { resource, namespace }, options);
    if (decoded.metadata.resourceVersion) {
      throw new StatusError(500, undefined, 'resourceVersion should not be set on objects to be created');
    }
    const known = this.#conform(decoded, resource, options);
    const now = timestamp(this.#clock);
    const metadata = newMetadata(known.metadata, namespace, now);
    const name = metadata.name ?? '';
    this.#refuseWhereNothingMayBeCreated(resource, namespace, name);
    const own = resource.version.hasStatus ? without(known, 'status') : known;
    const generation = hasGeneration(resource) ? { generation: 1 } : {};
    const filled = fillIn({ ...own, metadata: { ...metadata, ...generation } }, resource);
    const owned = withOwners(filled, undefined, ownership, now);
    const wanted = prepare(owned, undefined, { resource, subresource: undefined });
    const key = keyOf(namespace, name);
    const existing = name === '' ? undefined : this.#store.latest(definition.storedAs, key);
    if (existing) throw alreadyExists(definition, name, existing.metadata.deletionTimestamp !== undefined);
    refuseInvalid(wanted, undefined, { resource, subresource: undefined });
    const stored = toStorage(wanted, resource);
    const object = options.isDryRun ? stored : await this.#store.put(definition.storedAs, key, stored);
    return { object, isCreated: true };
  }

  async #replace(
    { target, stored, wanted, ownership }: Replacement,
    options: WriteOptions,
  ): Promise<WriteResult> {
    const { resource, namespace, name } = target;
    const { storedAs } = resource.definition;
    const old = toVersion(stored, resource);
    const decoded = decode(wanted, target, options);
    refuseOtherIdentity(decoded, old, target);
    const known = this.#conform(decoded, resource, options);
    const merged = keepForeignPart(known, old, target);
    const metadata = updatedMetadata(merged.metadata, old.metadata);
    const filled = fillIn({ ...merged, metadata }, resource);
    const owned = withOwners(filled, old, ownership, timestamp(this.#clock));
    const next = withGeneration(prepare(owned, old, target), old, resource);
    refuseInvalid(next, old, target);
    if (jsonEqual(next, old)) return { object: stored, isCreated: false };
    const result = toStorage(next, resource);
    if (options.isDryRun) return { object: result, isCreated: false };
    const isLastFinalizerGone =
      old.metadata.deletionTimestamp !== undefined && !next.metadata.finalizers?.length;
    const isRemoved = storedAs === 'namespaces' ? isNamespaceReleased(next) : isLastFinalizerGone;
    const key = keyOf(namespace, name);
    const object = isRemoved
      ? await this.#store.remove(storedAs, key, result)
      : await this.#store.put(storedAs, key, result);
    return { object, isCreated: false };
  }

  #latest({ resource, namespace, name }: Target): KubeObject | undefined {
    return this.#store.latest(resource.definition.storedAs, keyOf(namespace, name));
  }

  // What the schema knows of a decoded object, with defaults.
  #conform(decoded: KubeObject, resource: Resource, options: WriteOptions): KubeObject {
    const { schema } = resource.version;
    const { value, unknown } = schema.prune(decoded);
    const paths = [...unknownMetadata(decoded.metadata), ...unknown];
    reportUnknown(paths, { object: decoded, resource }, options);
    const object = schema.applyDefaults({ ...value, metadata: knownMetadata(value.metadata) });
    if (!resource.definition.isCustom) refuseWrongTypes(object, resource);
    if (resource.definition.isCustom)
      finalizerWarnings(object.metadata).forEach((text) => options.warn(text));
    return object;
  }

  #refuseWhereNothingMayBeCreated(
    { definition }: Resource,
    namespace: string | undefined,
    name: string,
  ): void {
    if (definition.isTerminating) {
      throw forbidden(definition, name, 'create not allowed while custom resource definition is terminating');
    }
    if (namespace === undefined) return;
    const found = this.#store.latest('namespaces', namespace);
    if (!found) throw notFound({ group: '', kind: 'Namespace', plural: 'namespaces' }, namespace);
    if (!isNamespaceTerminating(found)) return;
    throw forbidden(
      definition,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
      [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    );
  }
}

function refuseOtherIdentity(wanted: KubeObject, old: KubeObject, { resource, name }: Target): void {
  const { metadata } = wanted;
  const { definition } = resource;
  refuseOtherName(wanted, name);
  if (metadata.uid && metadata.uid !== old.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid ?? ''}`;
    throw preconditionFailed({ ...definition, kind: definition.plural }, name, why);
  }
  if (!metadata.resourceVersion) {
    if (!definition.isCustom && definition.group !== 'apiextensions.k8s.io') return;
    const message = 'Invalid value: 0: must be specified for an update';
    throw invalid({ group: definition.group, kind: definition.plural }, name, [
      { reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' },
    ]);
  }
  if (metadata.resourceVersion !== old.metadata.resourceVersion) throw staleVersion(definition, name);
}

// The main resource cannot write status and the status subresource can write nothing else.
function keepForeignPart(wanted: KubeObject, old: KubeObject, { resource, subresource }: Target): KubeObject {
  if (subresource === 'status') return withStatus(old, wanted['status']);
  if (subresource === 'finalize') return heldBy(old, stringsAt(wanted, 'spec', 'finalizers'));
  return resource.version.hasStatus ? withStatus(wanted, old['status']) : wanted;
}

function withStatus(object: KubeObject, status: KubeObject[string]): KubeObject {
  const rest = without(object, 'status');
  return status === undefined ? rest : { ...rest, status };
}

function fillIn(object: KubeObject, { definition }: Resource): KubeObject {
  return definition.fillIn ? definition.fillIn(object) : object;
}

function prepare(
  object: KubeObject,
  old: KubeObject | undefined,
  { resource, subresource }: Pick<Target, 'resource' | 'subresource'>,
): KubeObject {
  return resource.definition.prepare?.(object, old, subresource) ?? object;
}

function refuseInvalid(
  object: KubeObject,
  old: KubeObject | undefined,
  { resource, subresource }: Pick<Target, 'resource' | 'subresource'>,
): void {
  const { definition, version } = resource;
  const isStatus = subresource === 'status';
  const earlier = [
    ...checkMetadata(object, old),
    ...(isStatus ? [] : checkScale(object, version, 'spec')),
    ...checkScale(object, version, 'status'),
  ];
  const causes: readonly Cause[] = [
    ...version.schema.validate(object, { old, earlier, part: isStatus ? 'status' : undefined }),
    ...(definition.check?.(object, old) ?? []),
  ];
  if (causes.length > 0) throw invalid(definition, object.metadata.name ?? '', causes);
}

function hasGeneration({ definition }: Resource): boolean {
  const groups = ['apps', 'batch', 'networking.k8s.io', 'policy', 'apiextensions.k8s.io'];
  return definition.isCustom || groups.includes(definition.group);
}

function withGeneration(next: KubeObject, old: KubeObject, resource: Resource): KubeObject {
  if (!hasGeneration(resource)) return next;
  const ignored = resource.version.hasStatus ? ['metadata', 'status'] : ['metadata'];
  if (jsonEqual(without(next as JsonObject, ...ignored), without(old as JsonObject, ...ignored))) return next;
  return { ...next, metadata: { ...next.metadata, generation: (old.metadata.generation ?? 0) + 1 } };
}
