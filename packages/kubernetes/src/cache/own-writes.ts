import type { KubeObject, ObjectKey } from '../object.ts';
import { isLaterVersion } from '../resource-version.ts';

/** A write of this process that the watch has not shown yet. */
interface OwnWrite<T extends KubeObject> {
  readonly uid: string | undefined;
  /** The version that the write made; of a deletion, the version that it ended. */
  readonly version: string | undefined;
  readonly isDeletion: boolean;
  /** How many lists had begun when it was written. */
  readonly lists: number;
  /** The object as the watch shows it; `undefined` where it shows none. */
  readonly shown: T | undefined;
}

/**
 * What this process wrote and the watch has not shown yet, and what the watch shows instead. A write ends with its
 * event; where none comes, with the first event, bookmark or list that must have come after it. So nothing here waits
 * for a time, and nothing stays: bookmarks come every minute, and after silence a list.
 */
export class OwnWrites<T extends KubeObject> {
  readonly #writes = new Map<ObjectKey, OwnWrite<T>>();
  #lists = 0;

  has(key: ObjectKey): boolean {
    return this.#writes.has(key);
  }

  /** Whether a write of here is newer than `object`: its answer came late. */
  isOutdated(key: ObjectKey, { metadata }: T): boolean {
    const write = this.#writes.get(key);
    if (write === undefined) return false;
    const isDeleted = write.isDeletion && write.uid === metadata.uid;
    return isDeleted || isLaterVersion(write.version, metadata.resourceVersion) === true;
  }

  /** Remembers that `written` is the state of an object, and not `visible`, which the cache has had so far. */
  add(key: ObjectKey, written: T, visible: T | undefined): void {
    this.#add(key, { object: written, isDeletion: false, visible });
  }

  /** Remembers that `visible` does not exist any more. */
  addDeletion(key: ObjectKey, visible: T): void {
    this.#add(key, { object: visible, isDeletion: true, visible });
  }

  /** A list begins: it shows everything that was written before. */
  listing(): void {
    this.#lists += 1;
  }

  /**
   * Takes in that the watch shows `shown` for a key, by an event about `object`.
   *
   * @returns whether our write is newer, so that the cache must not go back to that.
   */
  holdBack(key: ObjectKey, object: T, shown: T | undefined): boolean {
    const write = this.#writes.get(key);
    if (write === undefined) return false;
    const { uid, resourceVersion } = object.metadata;
    const isOutlived = write.isDeletion && uid === write.uid && shown !== undefined;
    const isNewer = isOutlived || isLaterVersion(write.version, resourceVersion) === true;
    if (isNewer) this.#writes.set(key, { ...write, shown });
    else this.#writes.delete(key);
    return isNewer;
  }

  /** Everything up to `version` has been shown; returns what the writes that it ends had hidden. */
  endUpTo(version: string | undefined): readonly (readonly [key: ObjectKey, shown: T | undefined])[] {
    if (this.#writes.size === 0) return [];
    return this.#end((write) => {
      const isPassed = isLaterVersion(write.version, version) !== true;
      // Of an object that the watch has shown, it will show the deletion too.
      return isPassed && !(write.isDeletion && write.shown !== undefined);
    });
  }

  /** Ends the writes that a complete list shows: those that it is as new as, and all from before it began. */
  endListed(version: string | undefined, listed: ReadonlyMap<ObjectKey, T>): void {
    this.#end((write, key) => {
      const isOlder = isLaterVersion(write.version, version) === true;
      const listedUid = listed.get(key)?.metadata.uid;
      // Which version a deletion made is not known; that of an object which the list shows again came later.
      const isListed = write.isDeletion ? listedUid !== undefined && listedUid !== write.uid : true;
      return write.lists < this.#lists || (!isOlder && isListed);
    });
    for (const [key, write] of this.#writes) this.#writes.set(key, { ...write, shown: listed.get(key) });
  }

  #end(
    isOver: (write: OwnWrite<T>, key: ObjectKey) => boolean,
  ): readonly (readonly [ObjectKey, T | undefined])[] {
    const over = [...this.#writes].filter(([key, write]) => isOver(write, key));
    for (const [key] of over) this.#writes.delete(key);
    return over.map(([key, { shown }]) => [key, shown]);
  }

  #add(
    key: ObjectKey,
    { object, isDeletion, visible }: { object: T; isDeletion: boolean; visible: T | undefined },
  ): void {
    const earlier = this.#writes.get(key);
    const { uid, resourceVersion: version } = object.metadata;
    const shown = earlier === undefined ? visible : earlier.shown;
    this.#writes.set(key, { uid, version, isDeletion, lists: this.#lists, shown });
  }
}
