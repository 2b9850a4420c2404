import { keyFrom, keyOf } from '../object.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import { isLaterVersion } from '../resource-version.ts';
import type { Lister } from './lister.ts';
import { OwnWrites } from './own-writes.ts';
import { shared } from './shared.ts';

/** Computes the values under which an object is found in an index. Must be pure. */
export type Indexer<T> = (object: T) => readonly string[];

/** What a {@link Store} did about an event. */
export type Change<T> =
  | { readonly type: 'add'; readonly object: T }
  | { readonly type: 'update'; readonly object: T; readonly old: T }
  | { readonly type: 'delete'; readonly object: T };

/**
 * The objects of one type as last seen, with indexes. Objects are frozen and shared by all readers.
 *
 * Watches repeat events after a reconnection, so an event older than what is stored changes nothing; an object that
 * was deleted and created again (another uid) appears as a delete and an add. What this process wrote itself is there
 * at once, and stays until the watch has come as far.
 */
export class Store<T extends KubeObject> implements Lister<T> {
  readonly #objects = new Map<ObjectKey, T>();
  readonly #indexes: ReadonlyMap<string, Index<T>>;
  readonly #ownWrites = new OwnWrites<T>();
  /** Everything up to here has been shown by the watch; `undefined` before the first list. */
  #shownVersion: string | undefined;
  /** A new object mostly looks like the one before it. */
  #latest: T | undefined;

  constructor(indexers: Readonly<Record<string, Indexer<T>>> = {}) {
    this.#indexes = new Map(Object.entries(indexers).map(([name, indexer]) => [name, new Index(indexer)]));
  }

  get size(): number {
    return this.#objects.size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(keyFrom(namespace, name));
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  byIndex(index: string, value: string): T[] {
    const found = this.#indexes.get(index);
    if (found === undefined)
      throw new RangeError(`There is no index "${index}"; pass it to the informer's indexers.`);
    return found.keys(value).flatMap((key) => this.#objects.get(key) ?? []);
  }

  /**
   * Freezes an object that will be stored, and makes it share what it has in common with its earlier state or another
   * object. Nothing is stored yet.
   */
  share(object: T): T {
    const model = this.#objects.get(keyOf(object)) ?? this.#latest;
    this.#latest = shared(object, model);
    return this.#latest;
  }

  /** Takes in an ADDED or MODIFIED object. */
  upsert(object: T): readonly Change<T>[] {
    const changes = this.#ownWrites.holdBack(keyOf(object), object, object) ? [] : this.#upsert(object);
    return [...changes, ...this.shownUpTo(object.metadata.resourceVersion)];
  }

  /** Takes in a DELETED object. The change carries its last state. */
  remove(object: T): readonly Change<T>[] {
    const changes = this.#ownWrites.holdBack(keyOf(object), object, undefined) ? [] : this.#remove(object);
    return [...changes, ...this.shownUpTo(object.metadata.resourceVersion)];
  }

  /** Takes in that all events up to a version have been seen. */
  shownUpTo(version: string | undefined): readonly Change<T>[] {
    if (isLaterVersion(version, this.#shownVersion) !== false) this.#shownVersion = version;
    return this.#ownWrites.endUpTo(version).flatMap(([key, shown]) => this.#show(key, shown));
  }

  /** A list begins; its result is given to {@link replace}. */
  listing(): void {
    this.#ownWrites.listing();
  }

  /**
   * Makes the store equal to a complete list, and tells the differences. A list is the truth even where its versions
   * are lower: that happens after the server's data was restored from a backup.
   */
  replace(objects: readonly T[], version?: string): readonly Change<T>[] {
    const listed = new Map(objects.map((object) => [keyOf(object), object]));
    this.#shownVersion = version;
    this.#ownWrites.endListed(version, listed);
    const keys = [...this.#objects.keys()].filter((key) => !listed.has(key));
    return [...keys, ...listed.keys()]
      .filter((key) => !this.#ownWrites.has(key))
      .flatMap((key) => this.#show(key, listed.get(key)));
  }

  /** Takes in the server's answer to a write of this process. */
  write(object: T): readonly Change<T>[] {
    const { resourceVersion } = object.metadata;
    const key = keyOf(object);
    const old = this.#objects.get(key);
    const isShown = isLaterVersion(resourceVersion, this.#shownVersion) !== true;
    // What the watch has passed already it has shown, or it never will.
    if (isShown || this.#ownWrites.isOutdated(key, object)) return [];
    if (isLaterVersion(resourceVersion, old?.metadata.resourceVersion) === false) return [];
    this.#ownWrites.add(key, object, old);
    return old === undefined ? [this.#set(object)] : this.#exchange(old, object);
  }

  /** Takes in that this process deleted `object`, and that it is gone. */
  erase(object: T): readonly Change<T>[] {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old === undefined || old.metadata.uid !== object.metadata.uid) return [];
    this.#ownWrites.addDeletion(key, old);
    return [this.#drop(old)];
  }

  #upsert(object: T): readonly Change<T>[] {
    const old = this.#objects.get(keyOf(object));
    if (old === undefined) return [this.#set(object)];
    if (isLaterVersion(object.metadata.resourceVersion, old.metadata.resourceVersion) === false) return [];
    return this.#exchange(old, object);
  }

  #remove(object: T): readonly Change<T>[] {
    const old = this.#objects.get(keyOf(object));
    if (old === undefined) return [];
    const isOther = old.metadata.uid !== object.metadata.uid;
    const isLater = isLaterVersion(object.metadata.resourceVersion, old.metadata.resourceVersion);
    // The deletion of an earlier incarnation, or of a state that is over, told once more, says nothing about this one.
    if (isOther ? !isLater : isLaterVersion(old.metadata.resourceVersion, object.metadata.resourceVersion))
      return [];
    return [this.#drop(isOther ? old : object)];
  }

  /** Makes one key what it is said to be, whatever the versions. */
  #show(key: ObjectKey, object: T | undefined): readonly Change<T>[] {
    const old = this.#objects.get(key);
    if (object !== undefined) return this.#take(object);
    return old === undefined ? [] : [this.#drop(old)];
  }

  #take(object: T): readonly Change<T>[] {
    const old = this.#objects.get(keyOf(object));
    if (old === undefined) return [this.#set(object)];
    const isSame =
      old.metadata.uid === object.metadata.uid &&
      old.metadata.resourceVersion === object.metadata.resourceVersion;
    return isSame ? [] : this.#exchange(old, object);
  }

  #exchange(old: T, object: T): readonly Change<T>[] {
    if (old.metadata.uid === object.metadata.uid) return [this.#set(object, old)];
    return [this.#drop(old), this.#set(object)];
  }

  #set(fresh: T, old?: T): Change<T> {
    const key = keyOf(fresh);
    const object = this.share(fresh);
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) index.set(key, object);
    return old === undefined ? { type: 'add', object } : { type: 'update', object, old };
  }

  #drop(object: T): Change<T> {
    const key = keyOf(object);
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) index.delete(key);
    return { type: 'delete', object: shared(object, undefined) };
  }
}

/** Values of one indexer, both ways. */
class Index<T> {
  readonly #indexer: Indexer<T>;
  readonly #keysByValue = new Map<string, Set<ObjectKey>>();
  readonly #valuesByKey = new Map<ObjectKey, readonly string[]>();

  constructor(indexer: Indexer<T>) {
    this.#indexer = indexer;
  }

  keys(value: string): ObjectKey[] {
    return [...(this.#keysByValue.get(value) ?? [])];
  }

  set(key: ObjectKey, object: T): void {
    this.delete(key);
    const values = this.#indexer(object);
    this.#valuesByKey.set(key, values);
    for (const value of values) {
      const keys = this.#keysByValue.get(value) ?? new Set();
      this.#keysByValue.set(value, keys.add(key));
    }
  }

  delete(key: ObjectKey): void {
    for (const value of this.#valuesByKey.get(key) ?? []) {
      const keys = this.#keysByValue.get(value);
      keys?.delete(key);
      if (keys?.size === 0) this.#keysByValue.delete(value);
    }
    this.#valuesByKey.delete(key);
  }
}
