import { Informer } from '../../src/cache/informer.ts';
import type { InformerOptions } from '../../src/cache/informer.ts';
import type { ResourceClient } from '../../src/client/resource-client.ts';
import type { ObjectEvent } from '../../src/watch/watch-event.ts';
import { FakeClock, settle } from '../fake-clock.ts';
import { RecordingMetrics } from '../recording-metrics.ts';
import { ScriptedResource } from '../scripted-resource.ts';
import { widget } from '../widget.ts';
import type { Widget } from '../widget.ts';

describe('Informer', () => {
  it('has synced once the first list is in the cache and told', async () => {
    await using test = start();
    const added: string[] = [];
    test.informer.onEvent({ add: ({ metadata }, isInitial) => added.push(`${metadata.name} ${isInitial}`) });
    expect(test.informer.hasSynced).toBe(false);

    await test.informer.waitForSync(AbortSignal.timeout(1_000));

    expect(added).toEqual(['a true', 'b true']);
    expect(test.informer.lister.list()).toHaveLength(2);
    test.resource.lastWatch.send('ADDED', widget('c', 11));
    await settle();
    expect(added.at(-1)).toBe('c false');
  });

  it('stops waiting for the first list when asked to', async () => {
    const informer = new Informer<Widget>({ client: new ScriptedResource<Widget>() });
    const stop = new AbortController();
    const waiting = informer.waitForSync(stop.signal);
    stop.abort(new Error('enough'));

    await expect(waiting).rejects.toThrow('enough');
  });

  it('tells a late handler of everything that is there', async () => {
    await using test = start();
    await settle();
    const added: string[] = [];
    const end = test.informer.onEvent({ add: ({ metadata }) => added.push(metadata.name ?? '') });
    expect(added).toEqual(['a', 'b']);

    end();
    test.resource.lastWatch.send('ADDED', widget('c', 11));
    await settle();

    expect(added).toEqual(['a', 'b']);
    expect(test.informer.lister.get('default', 'c')).toBeDefined();
  });

  it('keeps going when a handler, an indexer or a transform throws, and counts it', async () => {
    const fail = (): never => {
      throw new Error('mine');
    };
    await using test = start({ transform: fail, indexers: { bad: fail } });
    const seen: string[] = [];
    test.informer.onEvent({ add: fail });
    test.informer.onEvent({ add: ({ metadata }) => seen.push(metadata.name ?? '') });
    await settle();

    expect(seen).toEqual(['a', 'b']);
    expect(test.informer.lister.byIndex('bad', 'x')).toEqual([]);
    expect(test.metrics.count('informer_handler_errors_total')).toBe(6);
  });

  it('handlers find the change in the cache already', async () => {
    await using test = start();
    await settle();
    const sizes: (number | undefined)[] = [];
    test.informer.onEvent({
      update: () => sizes.push(test.informer.lister.get('default', 'a')?.spec?.size),
      delete: () => sizes.push(test.informer.lister.get('default', 'a')?.spec?.size),
    });
    test.resource.lastWatch
      .send('MODIFIED', widget('a', 11, { spec: { size: 5 } }))
      .send('DELETED', widget('a', 12));
    await settle();

    expect(sizes).toEqual([5, undefined]);
  });

  it('does not cache managed fields', async () => {
    const resource = new ScriptedResource<Widget>();
    resource.answer(10, widget('a', 1, { metadata: { managedFields: [{}], labels: { x: 'y' } } }));
    await using test = start({ client: resource });
    await settle();

    const metadata = test.informer.lister.get('default', 'a')?.metadata;
    expect(metadata).not.toHaveProperty('managedFields');
    expect(metadata?.labels).toEqual({ x: 'y' });
  });

  it('reduces the objects of a page before it asks for the next one', async () => {
    const resource = new ScriptedResource<Widget>();
    resource.answers = [
      { items: [widget('a', 1)], metadata: { resourceVersion: '10', continue: 'more' } },
      { items: [widget('b', 2)], metadata: { resourceVersion: '10' } },
    ];
    const reduced: string[] = [];
    const transform = (object: Widget) => {
      reduced.push(`${object.metadata.name} after ${resource.lists.length} lists`);
      return object;
    };
    await using test = start({ client: resource, transform });
    await settle();

    expect(reduced).toEqual(['a after 1 lists', 'b after 2 lists']);
    expect(test.informer.lister.list()).toHaveLength(2);
  });

  it('lists and watches only what its selectors choose', async () => {
    const selectors = { labelSelector: 'tier=web', fieldSelector: 'metadata.name!=b' };
    await using test = start(selectors);
    await settle();

    expect(test.resource.lists).toMatchObject([selectors]);
    expect(test.resource.lastWatch.options).toMatchObject(selectors);
  });

  it('shows frozen objects to listers and handlers, whatever made them', async () => {
    await using test = start({ transform: (object) => ({ ...object, spec: { size: 1 } }) });
    await settle();
    const shown: Widget[] = test.informer.lister.list();
    test.informer.onEvent({
      update: (object, old) => shown.push(object, old),
      delete: (object) => shown.push(object),
    });
    test.resource.lastWatch.send('MODIFIED', widget('a', 11)).send('DELETED', widget('a', 12));
    await settle();

    expect(shown).toHaveLength(5);
    for (const { metadata, spec } of shown) expect([metadata, spec].every(Object.isFrozen)).toBe(true);
  });

  it('tells the differences after a gap, and nothing that did not change', async () => {
    await using test = start();
    await settle();
    const told: string[] = [];
    test.informer.onEvent({
      add: ({ metadata }, isInitial) => !isInitial && told.push(`add ${metadata.name}`),
      update: ({ metadata }) => told.push(`update ${metadata.name}`),
      delete: ({ metadata }) => told.push(`delete ${metadata.name}`),
    });
    test.resource.answers = [];
    test.resource.answer(30, widget('b', 2), widget('c', 25));
    await test.clock.advance(150_000); // Two silent watches, then a list.

    expect(told).toEqual(['delete a', 'add c']);
  });
});

describe('Informer with own writes', () => {
  it('shows what its client wrote before the watch does, and tells it once', async () => {
    await using test = await startWriting();
    const { writing } = test;
    await writing.create({ metadata: { name: 'c' } });
    await writing.patch('a', { spec: { size: 5 } });
    expect(test.told).toEqual(['add c@12', 'update a@13']);

    for (const { type, object } of test.pending) test.resource.lastWatch.send(type, object);
    await settle();

    expect(test.told).toEqual(['add c@12', 'update a@13']);
    expect(test.informer.lister.get('default', 'a')?.spec?.size).toBe(5);
  });

  it('hides what its client deleted, unless something delays the deletion', async () => {
    await using test = await startWriting();
    await test.writing.delete('b');
    expect(test.told).toEqual(['delete b@2']);

    test.server.isDelayed = true;
    await test.writing.delete('a');

    expect(test.told).toEqual(['delete b@2', 'update a@12']);
    expect(test.informer.lister.get('default', 'a')?.metadata.deletionTimestamp).toBeDefined();
  });

  it('gives up an own object that its selector leaves out with the next bookmark', async () => {
    await using test = await startWriting();
    await test.writing.create({ metadata: { name: 'other' } });
    test.resource.lastWatch.bookmark(20);
    await settle();

    expect(test.told).toEqual(['add other@12', 'delete other@12']);
  });

  it('transforms what it wrote as what it read', async () => {
    await using test = await startWriting();
    await test.writing.create({ metadata: { name: 'c', managedFields: [{}] } });

    expect(test.informer.lister.get('default', 'c')?.metadata).not.toHaveProperty('managedFields');
  });
});

/** An informer that has synced at version 10, and a client with own writes on a server whose watch is held back. */
async function startWriting() {
  const test = start();
  await settle();
  const pending: ObjectEvent<Widget>[] = [];
  const told: string[] = [];
  const server = { isDelayed: false, version: 11 };
  const answer = (type: 'ADDED' | 'MODIFIED', name: string, more: Partial<Widget>): Widget => {
    const object = widget(name, ++server.version, more);
    pending.push({ type, object });
    return object;
  };
  const client: Pick<ResourceClient<Widget>, 'namespace' | 'create' | 'patch' | 'delete'> = {
    namespace: 'default',
    create: async (object) => answer('ADDED', object.metadata.name ?? '', { metadata: object.metadata }),
    patch: async (name, patch) => answer('MODIFIED', name, patch as Partial<Widget>),
    delete: async (name) =>
      server.isDelayed ? answer('MODIFIED', name, { metadata: { deletionTimestamp: 'now' } }) : undefined,
  };
  const tell =
    (what: string) =>
    ({ metadata }: Widget) =>
      void told.push(`${what} ${metadata.name}@${metadata.resourceVersion}`);
  test.informer.onEvent({ add: tell('add'), update: tell('update'), delete: tell('delete') });
  told.length = 0;
  const writing = test.informer.withOwnWrites(client as ResourceClient<Widget>);
  return { ...test, server, pending, told, writing };
}

function start(options: Partial<InformerOptions<Widget>> = {}) {
  const resource = new ScriptedResource<Widget>().answer(10, widget('a', 1), widget('b', 2));
  const clock = new FakeClock();
  const metrics = new RecordingMetrics();
  const informer = new Informer<Widget>({ client: resource, clock, metrics, ...options });
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  return {
    informer,
    resource,
    clock,
    metrics,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
