import type { KubeObject } from '../kube-object.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { StoreEvent } from '../storage/revision-log.ts';

/** Where an object is kept. */
export interface Place {
  readonly resource: string;
  readonly key: string;
}

/** Who owns whom, by uid, kept up to date with every change. */
export class OwnershipGraph {
  readonly #places = new Map<string, Place>();
  readonly #dependents = new Map<string, Set<string>>();

  constructor(store: ObjectStore) {
    for (const resource of store.resources()) {
      for (const [key, object] of store.list(resource) ?? []) this.#add(object, { resource, key });
    }
  }

  /** Takes a change in. */
  apply(event: StoreEvent): void {
    if (event.previous) this.#remove(event.previous);
    if (event.type !== 'DELETED') this.#add(event.object, event);
  }

  /** Where the object with this uid is; `undefined` when there is none. */
  placeOf(uid: string): Place | undefined {
    return this.#places.get(uid);
  }

  /** The objects that name this uid as an owner. */
  dependentsOf(uid: string): readonly Place[] {
    return [...(this.#dependents.get(uid) ?? [])]
      .map((dependent) => this.#places.get(dependent))
      .filter((place) => place !== undefined);
  }

  #add({ metadata }: KubeObject, { resource, key }: Place): void {
    const uid = metadata.uid ?? '';
    this.#places.set(uid, { resource, key });
    for (const owner of metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid) ?? new Set<string>();
      this.#dependents.set(owner.uid, dependents.add(uid));
    }
  }

  #remove({ metadata }: KubeObject): void {
    const uid = metadata.uid ?? '';
    this.#places.delete(uid);
    for (const owner of metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}
