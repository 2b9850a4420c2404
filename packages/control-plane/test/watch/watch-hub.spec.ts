import { FakeClock } from '../fake-clock.ts';
import { TestServer } from '../client.ts';
import { configMap } from '../widgets.ts';

const PATH = '/api/v1/namespaces/default/configmaps';

describe('WatchHub', () => {
  it('sends a bookmark every minute with a version to resume from', async () => {
    const clock = new FakeClock();
    await using server = await TestServer.start({ clock });
    using watch = await server.watch(`${PATH}?watch=true&allowWatchBookmarks=true&resourceVersion=0`);
    const { body } = await server.post('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'n' },
    });
    clock.advance(60_000);
    const [bookmark] = await watch.first(1);
    expect(bookmark).toEqual({
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { resourceVersion: body.metadata.resourceVersion },
      },
    });
  });

  it('ends a watch at its timeout', async () => {
    const clock = new FakeClock();
    await using server = await TestServer.start({ clock });
    using watch = await server.watch(`${PATH}?watch=true&timeoutSeconds=300`);
    clock.advance(299_000);
    await server.post(PATH, configMap('a'));
    await watch.first(1);
    clock.advance(1_000);
    await watch.end();
    expect(watch.events).toHaveLength(1);
  });

  it('gives every watcher every event in order', async () => {
    await using server = await TestServer.start();
    const watches = await Promise.all(
      Array.from({ length: 20 }, () => server.watch(`${PATH}?watch=true&resourceVersion=0`)),
    );
    await Promise.all(Array.from({ length: 50 }, (_, index) => server.post(PATH, configMap(`c${index}`))));
    for (const watch of watches) {
      const versions = (await watch.first(50)).map(({ object }) => Number(object.metadata.resourceVersion));
      expect(versions).toEqual(versions.toSorted((a, b) => a - b));
      watch[Symbol.dispose]();
    }
  });

  it('cuts off a client that does not read', async () => {
    await using server = await TestServer.start();
    const slow = await server.unreadWatch(`${PATH}?watch=true&resourceVersion=0`);
    await server.post(PATH, configMap('big', { text: 'x'.repeat(1_000_000) }));
    const count = 40;
    for (let index = 0; index < count; index += 1)
      await server.merge(`${PATH}/big`, { data: { index: String(index) } });
    expect(await slow.drain()).toBeLessThan(count * 1_000_000);
    expect((await server.get(`${PATH}/big`)).status).toBe(200);
  });
});
