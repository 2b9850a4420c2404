import { timestamp, type Clock } from '../clock.ts';
import { forbidden, notFound, preconditionFailed } from '../http/status.ts';
import { without } from '../json.ts';
import { keyOf, type KubeObject } from '../kube-object.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ResourceDefinition } from './definition.ts';

/** What becomes of the objects that an object owns. */
export type PropagationPolicy = 'Background' | 'Foreground' | 'Orphan';

/** What a delete request asks for. */
export interface DeleteOptions {
  readonly isDryRun: boolean;
  readonly propagationPolicy: PropagationPolicy | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

/** The object after a delete: gone, or marked and waiting for its finalizers. */
export interface DeleteResult {
  readonly object: KubeObject;
  readonly isGone: boolean;
}

const POLICY_FINALIZERS: Readonly<Record<PropagationPolicy, string | undefined>> = {
  Background: undefined,
  Foreground: 'foregroundDeletion',
  Orphan: 'orphan',
};

/** What holds other objects is marked without a grace period, and stays of its generation. */
const CONTAINERS = new Set(['namespaces', 'customresourcedefinitions.apiextensions.k8s.io']);

/** What every cluster has, and keeps. */
const LASTING_NAMESPACES: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/** Deletes objects: at once, or by marking them until their finalizers are removed. */
export class Deleter {
  readonly #store: ObjectStore;
  readonly #clock: Clock;

  constructor(store: ObjectStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws StatusError 404 when there is no such object, 409 when it is not the one of the preconditions. */
  async delete(
    definition: ResourceDefinition,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions,
  ): Promise<DeleteResult> {
    const key = keyOf(namespace, name);
    const current = this.#store.latest(definition.storedAs, key);
    if (!current) throw notFound(definition, name);
    refuseOtherThan(options, current, definition);
    if (definition.storedAs === 'namespaces' && LASTING_NAMESPACES.has(name)) {
      throw forbidden(definition, name, 'this namespace may not be deleted');
    }
    const finalizers = finalizersFor(current, options.propagationPolicy);
    if (finalizers.length > 0 || CONTAINERS.has(definition.storedAs)) {
      return {
        object: await this.#mark(definition, key, { current, finalizers, isDryRun: options.isDryRun }),
        isGone: false,
      };
    }
    const object = options.isDryRun ? current : await this.#store.remove(definition.storedAs, key, current);
    return { object, isGone: true };
  }

  /** Takes a finalizer off; removes the object when none is left and the object is being deleted. */
  async removeFinalizer(storedAs: string, key: string, finalizer: string): Promise<void> {
    const current = this.#store.latest(storedAs, key);
    if (!current) return;
    const finalizers = (current.metadata.finalizers ?? []).filter((name) => name !== finalizer);
    const isLast = finalizers.length === 0 && current.metadata.deletionTimestamp !== undefined;
    if (!isLast && finalizers.length === (current.metadata.finalizers ?? []).length) return;
    const rest = without(current.metadata, 'finalizers');
    const object = { ...current, metadata: finalizers.length > 0 ? { ...rest, finalizers } : rest };
    await (isLast ? this.#store.remove(storedAs, key, object) : this.#store.put(storedAs, key, object));
  }

  async #mark(
    definition: ResourceDefinition,
    key: string,
    {
      current,
      finalizers,
      isDryRun,
    }: { current: KubeObject; finalizers: readonly string[]; isDryRun: boolean },
  ): Promise<KubeObject> {
    const { metadata } = current;
    const isMarked = metadata.deletionTimestamp !== undefined;
    if (isMarked && finalizers.length === (metadata.finalizers ?? []).length) return current;
    const mark = isMarked
      ? {}
      : {
          deletionTimestamp: timestamp(this.#clock),
          ...(!CONTAINERS.has(definition.storedAs) && graceless(metadata)),
        };
    const marked: KubeObject = {
      ...current,
      metadata: { ...metadata, ...mark, ...(finalizers.length > 0 && { finalizers }) },
    };
    const begun = isMarked ? marked : (definition.beginDeletion?.(marked, timestamp(this.#clock)) ?? marked);
    return isDryRun ? begun : this.#store.put(definition.storedAs, key, begun);
  }
}

function graceless({ generation }: KubeObject['metadata']): Partial<KubeObject['metadata']> {
  return {
    deletionGracePeriodSeconds: 0,
    ...(generation !== undefined && { generation: generation + 1 }),
  };
}

function finalizersFor(object: KubeObject, policy: PropagationPolicy | undefined): readonly string[] {
  const present = object.metadata.finalizers ?? [];
  if (policy === undefined) return present;
  const wanted = POLICY_FINALIZERS[policy];
  const others = present.filter((finalizer) => finalizer !== 'foregroundDeletion' && finalizer !== 'orphan');
  return wanted === undefined ? others : [...others, wanted];
}

function refuseOtherThan(
  { uid, resourceVersion }: DeleteOptions,
  object: KubeObject,
  definition: ResourceDefinition,
): void {
  const { metadata } = object;
  const name = metadata.name ?? '';
  if (uid !== undefined && uid !== metadata.uid) {
    const why =
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid ?? ''}). ` +
      'The object might have been deleted and then recreated';
    throw preconditionFailed(definition, name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why =
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record ` +
      `(${metadata.resourceVersion ?? ''}). The object might have been modified`;
    throw preconditionFailed(definition, name, why);
  }
}
