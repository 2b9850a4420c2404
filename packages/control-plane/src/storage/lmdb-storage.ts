import { closeSync, existsSync, openSync, readSync } from 'node:fs';

import { open, type RootDatabase } from 'lmdb';

import type { KubeObject } from '../kube-object.ts';
import type { Change, Storage, StorageContent } from './storage.ts';
import { readJson } from '../exact-json.ts';

const REVISION_KEY = ['revision'];
const OBJECT_PREFIX = 'object';

/** The objects may be Secrets. An option that the types of lmdb do not know. */
const OWNER_ONLY = { permissionsMode: 0o600 };

/** What an LMDB file has near its begin, and where. */
const MAGIC = { at: 24, value: 0xbeefc0de };

type Key = string[];

/** Keeps objects in an LMDB file. A commit returns after the data is on disk; concurrent commits share one flush. */
export class LmdbStorage implements Storage {
  readonly #database: RootDatabase<string, Key>;
  #closing: Promise<void> | undefined;

  /**
   * @param path - the data file; its directory must exist.
   * @throws Error when there is a file that is none of LMDB's: to open it would end the process.
   */
  constructor(path: string) {
    if (existsSync(path)) refuseForeignFile(path);
    this.#database = open<string, Key>({
      path,
      encoding: 'string',
      ...OWNER_ONLY,
      // A transaction counts as committed only when it is flushed.
      overlappingSync: false,
    });
  }

  load(): StorageContent {
    const revision = this.#database.get(REVISION_KEY);
    const range = this.#database.getRange({ start: [OBJECT_PREFIX], end: [OBJECT_PREFIX, '\uffff'] });
    const entries = [...range].map(({ key: [, resource = '', key = ''], value }) => {
      return { resource, key, object: readJson(value) as KubeObject };
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

function refuseForeignFile(path: string): void {
  const head = Buffer.alloc(MAGIC.at + 4);
  const file = openSync(path, 'r');
  const length = readSync(file, head);
  closeSync(file);
  // A process that was killed at its very first step leaves an empty file.
  if (length === 0 || (length === head.length && head.readUInt32LE(MAGIC.at) === MAGIC.value)) return;
  throw new Error(
    `${path} is damaged, or is no file of a control plane. Restore it, or choose another directory.`,
  );
}
