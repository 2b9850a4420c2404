import { StatusError } from '../http/status.ts';
import { deepFreeze } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { objectText } from './object-text.ts';
import { RevisionLog, type StoreEvent } from './revision-log.ts';
import { objectsAtRevision } from './snapshot.ts';
import type { Storage } from './storage.ts';

/** The largest object that is kept, as JSON; that of an etcd. */
const MAX_OBJECT_BYTES = 1.5 * 1024 * 1024;

/** An object, or the knowledge that it was removed by a write that is not durable yet. */
type Staged = { readonly object: KubeObject | undefined; readonly revision: number };

/**
 * All objects, in memory and in the storage behind it.
 *
 * Writers see every accepted write at once (`latest`), so that two of them cannot both win. Readers and watchers
 * see a write only when it is durable, in revision order, so that nothing they saw can be lost in a crash.
 */
export class ObjectStore {
  readonly #storage: Storage;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #staged = new Map<string, Staged>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly log: RevisionLog;
  #assignedRevision: number;
  #publishedRevision: number;
  #tail: Promise<void> = Promise.resolve();

  constructor(storage: Storage) {
    this.#storage = storage;
    const { revision, entries } = storage.load();
    for (const { resource, key, object } of entries) this.#resource(resource).set(key, deepFreeze(object));
    this.#assignedRevision = revision;
    this.#publishedRevision = revision;
    this.log = new RevisionLog(revision);
  }

  /** The revision that readers see. */
  get revision(): number {
    return this.#publishedRevision;
  }

  /** The object as readers see it. */
  get(resource: string, key: string): KubeObject | undefined {
    return this.#objects.get(resource)?.get(key);
  }

  /** The object as the next writer must see it. */
  latest(resource: string, key: string): KubeObject | undefined {
    const staged = this.#staged.get(stagedKey(resource, key));
    return staged ? staged.object : this.get(resource, key);
  }

  /** The objects of a resource as readers see them, or as they were at an older revision, in no order. */
  list(resource: string, atRevision?: number): Iterable<readonly [string, KubeObject]> | undefined {
    const current = this.#resource(resource);
    if (atRevision === undefined || atRevision >= this.#publishedRevision) return current;
    const undo = this.log.since(atRevision);
    return undo && objectsAtRevision(current, resource, undo);
  }

  /** Names of the resources that have objects. */
  resources(): string[] {
    return [...this.#objects].filter(([, objects]) => objects.size > 0).map(([resource]) => resource);
  }

  /**
   * Writes `object` with the next resourceVersion and returns it frozen, once durable.
   *
   * @throws StatusError 500, as a server on etcd does, for an object that is too large.
   */
  async put(resource: string, key: string, object: KubeObject): Promise<KubeObject> {
    const previous = this.latest(resource, key);
    const stored = withRevision(object, this.#assignedRevision + 1);
    if (Buffer.byteLength(objectText(stored)) > MAX_OBJECT_BYTES) throw tooLarge();
    const revision = this.#nextRevision();
    await this.#commit({
      type: previous ? 'MODIFIED' : 'ADDED',
      resource,
      key,
      revision,
      object: stored,
      previous,
    });
    return stored;
  }

  /** Removes an object; `last` is the state that the DELETED event shows. */
  async remove(resource: string, key: string, last: KubeObject): Promise<KubeObject> {
    const previous = this.latest(resource, key);
    const revision = this.#nextRevision();
    const stored = withRevision(last, revision);
    await this.#commit({ type: 'DELETED', resource, key, revision, object: stored, previous });
    return stored;
  }

  /** Calls `listener` for every durable change, in order; returns the function that ends it. */
  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #commit(event: StoreEvent): Promise<void> {
    const { resource, key, revision } = event;
    const object = event.type === 'DELETED' ? undefined : event.object;
    const text = object && objectText(object);
    this.#staged.set(stagedKey(resource, key), { object, revision });
    const durable = this.#storage.commit({ resource, key, text, revision });
    // A failed commit fails every later one as well: what was promised after it would have a hole.
    this.#tail = Promise.all([this.#tail, durable]).then(() => this.#publish(event));
    await this.#tail;
  }

  #publish(event: StoreEvent): void {
    const { resource, key, revision } = event;
    if (event.type === 'DELETED') this.#resource(resource).delete(key);
    else this.#resource(resource).set(key, event.object);
    if (this.#staged.get(stagedKey(resource, key))?.revision === revision) {
      this.#staged.delete(stagedKey(resource, key));
    }
    this.#publishedRevision = revision;
    this.log.append(event);
    for (const listener of this.#listeners) listener(event);
  }

  #nextRevision(): number {
    this.#assignedRevision += 1;
    return this.#assignedRevision;
  }

  #resource(resource: string): Map<string, KubeObject> {
    let objects = this.#objects.get(resource);
    if (!objects) this.#objects.set(resource, (objects = new Map<string, KubeObject>()));
    return objects;
  }
}

function tooLarge(): StatusError {
  return new StatusError(500, undefined, 'etcdserver: request is too large');
}

function stagedKey(resource: string, key: string): string {
  return `${resource} ${key}`;
}

function withRevision(object: KubeObject, revision: number): KubeObject {
  return deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
}
