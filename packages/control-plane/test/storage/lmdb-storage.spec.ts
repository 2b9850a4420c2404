import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { LmdbStorage } from '../../src/storage/lmdb-storage.ts';

const RESOURCE = 'things.example.com';

function thing(name: string): any {
  return { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name }, text: 'ü'.repeat(2000) };
}

describe('LmdbStorage', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lmdb-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('begins empty', async () => {
    await using storage = new LmdbStorage(join(folder, 'a.mdb'));
    expect(storage.load()).toEqual({ revision: 1, entries: [] });
  });

  it('has what was committed, with the last revision, when it is opened again', async () => {
    const path = join(folder, 'a.mdb');
    {
      await using storage = new LmdbStorage(path);
      await Promise.all([
        storage.commit({ resource: RESOURCE, key: 'ns/a', text: JSON.stringify(thing('a')), revision: 2 }),
        storage.commit({ resource: RESOURCE, key: 'ns/b', text: JSON.stringify(thing('b')), revision: 3 }),
        storage.commit({ resource: 'others', key: 'c', text: JSON.stringify(thing('c')), revision: 4 }),
      ]);
      await storage.commit({ resource: RESOURCE, key: 'ns/b', text: undefined, revision: 5 });
    }
    await using storage = new LmdbStorage(path);
    expect(storage.load()).toEqual({
      revision: 5,
      entries: [
        { resource: 'others', key: 'c', object: thing('c') },
        { resource: RESOURCE, key: 'ns/a', object: thing('a') },
      ],
    });
  });

  it('can be closed twice', async () => {
    const storage = new LmdbStorage(join(folder, 'a.mdb'));
    await storage[Symbol.asyncDispose]();
    await storage[Symbol.asyncDispose]();
  });
});
