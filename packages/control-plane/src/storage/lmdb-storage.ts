import { open, type RootDatabase } from 'lmdb';

import type { KubeObject } from '../kube-object.ts';
import type { Change, Storage, StorageContent } from './storage.ts';

const REVISION_KEY = ['revision'];
const OBJECT_PREFIX = 'object';

type Key = string[];

/** Keeps objects in an LMDB file. A commit returns after the data is on disk; concurrent commits share one flush. */
export class LmdbStorage implements Storage {
  readonly #database: RootDatabase<string, Key>;
  #closing: Promise<void> | undefined;

  /** @param path - the data file; its directory must exist. */
  constructor(path: string) {
    this.#database = open<string, Key>({
      path,
      encoding: 'string',
      // A transaction counts as committed only when it is flushed.
      overlappingSync: false,
    });
  }

  load(): StorageContent {
    const revision = this.#database.get(REVISION_KEY);
    const range = this.#database.getRange({ start: [OBJECT_PREFIX], end: [OBJECT_PREFIX, '\uffff'] });
    const entries = [...range].map(({ key: [, resource = '', key = ''], value }) => {
      return { resource, key, object: JSON.parse(value) as KubeObject };
    });
    return { revision: revision === undefined ? 1 : Number(revision), entries };
  }

  async commit({ resource, key, text, revision }: Change): Promise<void> {
    const id = [OBJECT_PREFIX, resource, key];
    const isWritten = await this.#database.batch(() => {
      void (text === undefined ? this.#database.remove(id) : this.#database.put(id, text));
      void this.#database.put(REVISION_KEY, String(revision));
    });
    if (!isWritten) throw new Error(`The storage refused revision ${revision} of ${resource} ${key}.`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#database.close();
    return this.#closing;
  }
}
