import type { Clock } from '../clock.ts';
import { jsonEqual, without } from '../json.ts';
import type { KubeObject, OwnerReference } from '../kube-object.ts';
import type { Deleter, PropagationPolicy } from '../resources/deleter.ts';
import type { Registry } from '../resources/registry.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { StoreEvent } from '../storage/revision-log.ts';
import { OwnershipGraph, type Place } from './ownership-graph.ts';
import { WorkLoop } from './work-loop.ts';

/** What the collectors work with. */
export interface GarbageOptions {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly deleter: Deleter;
  readonly clock: Clock;
}

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/** Deletes objects whose owners are gone, and carries out foreground and orphaning deletion. */
export class OwnerCollector implements AsyncDisposable {
  readonly #store: ObjectStore;
  readonly #registry: Registry;
  readonly #deleter: Deleter;
  readonly #graph: OwnershipGraph;
  readonly #loop: WorkLoop;
  readonly #unsubscribe: () => void;

  constructor({ store, registry, deleter, clock }: GarbageOptions) {
    this.#store = store;
    this.#registry = registry;
    this.#deleter = deleter;
    this.#graph = new OwnershipGraph(store);
    this.#loop = new WorkLoop({ clock, work: (uid) => this.#collect(uid) });
    this.#unsubscribe = store.subscribe((event) => this.#notice(event));
  }

  /** Looks at everything once: owners may have gone while nobody watched. */
  start(): void {
    for (const resource of this.#store.resources()) {
      for (const [, object] of this.#store.list(resource) ?? []) this.#enqueueIfConcerned(object);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    await this.#loop[Symbol.asyncDispose]();
  }

  #notice(event: StoreEvent): void {
    this.#graph.apply(event);
    const { object, type } = event;
    if (type !== 'DELETED') {
      if (isNews(event)) this.#enqueueIfConcerned(object);
      return;
    }
    for (const place of this.#graph.dependentsOf(object.metadata.uid ?? '')) this.#enqueuePlace(place);
    // An owner that waits for its dependents may be done now.
    for (const owner of object.metadata.ownerReferences ?? []) this.#loop.add(owner.uid);
  }

  #enqueueIfConcerned({ metadata }: KubeObject): void {
    const isWaiting = metadata.finalizers?.some(
      (finalizer) => finalizer === FOREGROUND || finalizer === ORPHAN,
    );
    const isOwned = (metadata.ownerReferences ?? []).length > 0;
    if (isOwned || (isWaiting && metadata.deletionTimestamp !== undefined))
      this.#loop.add(metadata.uid ?? '');
  }

  #enqueuePlace({ resource, key }: Place): void {
    const uid = this.#store.latest(resource, key)?.metadata.uid;
    if (uid !== undefined) this.#loop.add(uid);
  }

  async #collect(uid: string): Promise<void> {
    const place = this.#graph.placeOf(uid);
    const object = place && this.#store.latest(place.resource, place.key);
    if (!place || object?.metadata.uid !== uid) return;
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp !== undefined && finalizers.includes(ORPHAN)) await this.#orphan(uid, place);
    else if (deletionTimestamp !== undefined && finalizers.includes(FOREGROUND))
      await this.#deleteInForeground(uid, place);
    else if (deletionTimestamp === undefined) await this.#checkOwners(object, place);
  }

  async #orphan(uid: string, place: Place): Promise<void> {
    for (const dependent of this.#graph.dependentsOf(uid)) {
      await this.#keepOwners(dependent, (owner) => owner.uid !== uid);
    }
    await this.#deleter.removeFinalizer(place.resource, place.key, ORPHAN);
  }

  async #deleteInForeground(uid: string, place: Place): Promise<void> {
    let isBlocked = false;
    for (const dependent of this.#graph.dependentsOf(uid)) {
      const object = this.#store.latest(dependent.resource, dependent.key);
      if (!object) continue;
      isBlocked ||=
        object.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion) ??
        false;
      if (object.metadata.deletionTimestamp === undefined)
        await this.#delete(object, dependent, 'Foreground');
    }
    const left = this.#graph.dependentsOf(uid);
    if (!isBlocked || left.length === 0)
      await this.#deleter.removeFinalizer(place.resource, place.key, FOREGROUND);
  }

  async #checkOwners(object: KubeObject, place: Place): Promise<void> {
    const owners = object.metadata.ownerReferences ?? [];
    const isGone = (owner: OwnerReference): boolean => this.#isGone(owner, object);
    const gone = owners.filter(isGone);
    if (gone.length === 0) return;
    if (gone.length === owners.length) await this.#delete(object, place, policyOf(object));
    else await this.#keepOwners(place, (owner) => !isGone(owner));
  }

  // Nobody can tell whether an owner of an unknown kind exists, so its dependents stay.
  #isGone(owner: OwnerReference, { metadata }: KubeObject): boolean {
    if (!this.#registry.hasKind(owner.apiVersion, owner.kind)) return false;
    const place = this.#graph.placeOf(owner.uid);
    const found = place && this.#store.latest(place.resource, place.key);
    if (found?.metadata.uid !== owner.uid) return true;
    return found.metadata.namespace !== undefined && found.metadata.namespace !== metadata.namespace;
  }

  async #delete(
    object: KubeObject,
    { resource }: Place,
    propagationPolicy: PropagationPolicy | undefined,
  ): Promise<void> {
    const definition = this.#registry.storedAs(resource);
    const { namespace, name = '', uid } = object.metadata;
    if (!definition) return;
    await this.#deleter.delete(definition, namespace, name, {
      isDryRun: false,
      propagationPolicy,
      uid,
      resourceVersion: undefined,
    });
  }

  async #keepOwners({ resource, key }: Place, isKept: (owner: OwnerReference) => boolean): Promise<void> {
    const object = this.#store.latest(resource, key);
    if (!object) return;
    const owners = object.metadata.ownerReferences ?? [];
    const ownerReferences = owners.filter(isKept);
    if (ownerReferences.length === owners.length) return;
    const rest = without(object.metadata, 'ownerReferences');
    const metadata = ownerReferences.length > 0 ? { ...rest, ownerReferences } : rest;
    await this.#store.put(resource, key, { ...object, metadata });
  }
}

// Most changes are of status or spec and mean nothing to the collector.
function isNews({ object, previous }: StoreEvent): boolean {
  if (!previous) return true;
  const { ownerReferences, finalizers, deletionTimestamp } = object.metadata;
  const old = previous.metadata;
  const isSameOwners =
    jsonEqual(ownerReferences, old.ownerReferences) && jsonEqual(finalizers, old.finalizers);
  return !isSameOwners || deletionTimestamp !== old.deletionTimestamp;
}

// What the deleted owner's finalizers said holds for the whole chain; without any it is background deletion.
function policyOf({ metadata }: KubeObject): PropagationPolicy {
  if (metadata.finalizers?.includes(ORPHAN)) return 'Orphan';
  return metadata.finalizers?.includes(FOREGROUND) ? 'Foreground' : 'Background';
}
