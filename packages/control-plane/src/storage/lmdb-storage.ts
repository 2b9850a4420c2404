import { open, type RootDatabase } from 'lmdb';

import type { KubeObject } from '../kube-object.ts';
import type { Change, Storage, StorageContent } from './storage.ts';

const REVISION_KEY = ['revision'];
const OBJECT_PREFIX = 'object';

type Value = KubeObject | number;
type Key = string[];

/** Keeps objects in an LMDB file. A commit returns after the data is on disk; concurrent commits share one flush. */
export class LmdbStorage implements Storage {
  readonly #database: RootDatabase<Value, Key>;
  #closing: Promise<void> | undefined;

  /** @param path - the data file; its directory must exist. */
  constructor(path: string) {
    this.#database = open<Value, Key>({
      path,
      encoding: 'json',
      // A transaction counts as committed only when it is flushed.
      overlappingSync: false,
    });
  }

  load(): StorageContent {
    const revision = this.#database.get(REVISION_KEY);
    const range = this.#database.getRange({ start: [OBJECT_PREFIX], end: [OBJECT_PREFIX, '\uffff'] });
    const entries = [...range].map(({ key: [, resource = '', key = ''], value }) => {
      return { resource, key, object: value as KubeObject };
    });
    return { revision: typeof revision === 'number' ? revision : 1, entries };
  }

  async commit({ resource, key, object, revision }: Change): Promise<void> {
    const id = [OBJECT_PREFIX, resource, key];
    const isWritten = await this.#database.batch(() => {
      void (object ? this.#database.put(id, object) : this.#database.remove(id));
      void this.#database.put(REVISION_KEY, revision);
    });
    if (!isWritten) throw new Error(`The storage refused revision ${revision} of ${resource} ${key}.`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#database.close();
    return this.#closing;
  }
}
