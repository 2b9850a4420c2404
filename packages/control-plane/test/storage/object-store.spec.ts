import { ObjectStore } from '../../src/storage/object-store.ts';
import { MemoryStorage } from '../../src/storage/memory-storage.ts';
import type { StoreEvent } from '../../src/storage/revision-log.ts';

const RESOURCE = 'things.example.com';

function thing(name: string, size = 1): any {
  return { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name }, size };
}

/** A storage whose commits become durable only when the test says so. */
class SlowStorage extends MemoryStorage {
  readonly pending: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  override commit(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.pending.push({ resolve, reject });
    return promise;
  }
}

describe('ObjectStore', () => {
  it('shows a write to writers at once and to readers when it is durable', async () => {
    const storage = new SlowStorage();
    const store = new ObjectStore(storage);
    const written = store.put(RESOURCE, 'a', thing('a'));
    expect([store.get(RESOURCE, 'a'), store.latest(RESOURCE, 'a')?.metadata.name]).toEqual([undefined, 'a']);
    storage.pending[0]?.resolve();
    await written;
    expect(store.get(RESOURCE, 'a')?.metadata.resourceVersion).toBe('2');
  });

  it('publishes in revision order, even when a later write is durable first', async () => {
    const storage = new SlowStorage();
    const store = new ObjectStore(storage);
    const events: StoreEvent[] = [];
    store.subscribe((event) => events.push(event));
    const writes = [store.put(RESOURCE, 'a', thing('a')), store.put(RESOURCE, 'b', thing('b'))];
    storage.pending[1]?.resolve();
    await Promise.resolve();
    expect(events).toEqual([]);
    storage.pending[0]?.resolve();
    await Promise.all(writes);
    expect(events.map(({ key, revision }) => [key, revision])).toEqual([
      ['a', 2],
      ['b', 3],
    ]);
  });

  it('never shows a write that the storage refused, nor any later one', async () => {
    const storage = new SlowStorage();
    const store = new ObjectStore(storage);
    const writes = Promise.allSettled([
      store.put(RESOURCE, 'a', thing('a')),
      store.put(RESOURCE, 'b', thing('b')),
    ]);
    storage.pending[0]?.reject(new Error('disk full'));
    storage.pending[1]?.resolve();
    expect((await writes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([...(store.list(RESOURCE) ?? [])]).toEqual([]);
  });

  it('freezes what it keeps, all the way down', async () => {
    const store = new ObjectStore(new MemoryStorage());
    const stored = await store.put(RESOURCE, 'a', { ...thing('a'), spec: { list: [{}] } });
    const { spec } = stored as any;
    expect([stored, stored.metadata, spec, spec.list, spec.list[0]].every(Object.isFrozen)).toBe(true);
  });

  it('lists a resource as it was at an older revision', async () => {
    const store = new ObjectStore(new MemoryStorage());
    await store.put(RESOURCE, 'a', thing('a', 1));
    const { revision } = store;
    await store.put(RESOURCE, 'a', thing('a', 2));
    await store.put(RESOURCE, 'b', thing('b'));
    await store.remove(RESOURCE, 'a', thing('a', 2));
    const then = [...(store.list(RESOURCE, revision) ?? [])].map(([key, object]) => [key, object['size']]);
    expect(then).toEqual([['a', 1]]);
    expect([...(store.list(RESOURCE) ?? [])].map(([key]) => key)).toEqual(['b']);
  });
});
