import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { TestServer } from './client.ts';
import { configMap, widget, WIDGETS, withWidgets } from './widgets.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

describe('a control plane with a data directory', () => {
  let dataDirectory: string;

  beforeEach(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'control-plane-'));
  });

  afterEach(async () => {
    await rm(dataDirectory, { recursive: true });
  });

  it('has the same objects, kinds, token and authority after a restart', async () => {
    const before = await withWidgets(await TestServer.start({ dataDirectory }));
    const created = await before.post(WIDGETS, widget('a'));
    await before[Symbol.asyncDispose]();

    await using after = await TestServer.start({ dataDirectory, port: before.plane.port });
    const found = await after.get(`${WIDGETS}/a`);
    expect(found.body).toEqual(created.body);
    expect(after.plane.kubeconfig).toBe(before.plane.kubeconfig);
  });

  it('has every digit of whole numbers after a restart', async () => {
    const before = await withWidgets(await TestServer.start({ dataDirectory }));
    const text = JSON.stringify(widget('a')).replace('"spec":{', '"spec":{"raw":{"id":9007199254740993},');
    expect((await before.post(WIDGETS, text)).status).toBe(201);
    await before[Symbol.asyncDispose]();

    await using after = await TestServer.start({ dataDirectory });
    expect((await after.get(`${WIDGETS}/a`)).text).toContain('"raw":{"id":9007199254740993}');
  });

  it('never gives a resourceVersion twice', async () => {
    const before = await TestServer.start({ dataDirectory });
    await before.post(CONFIG_MAPS, configMap('a'));
    const deleted = await before.delete(`${CONFIG_MAPS}/a`);
    const list = await before.get(CONFIG_MAPS);
    await before[Symbol.asyncDispose]();

    await using after = await TestServer.start({ dataDirectory });
    const created = await after.post(CONFIG_MAPS, configMap('a'));
    expect(deleted.status).toBe(200);
    expect(Number(created.body.metadata.resourceVersion)).toBeGreaterThan(
      Number(list.body.metadata.resourceVersion),
    );
  });

  it('answers 410 to a watch from before the restart', async () => {
    const before = await TestServer.start({ dataDirectory });
    const list = await before.get(CONFIG_MAPS);
    await before.post(CONFIG_MAPS, configMap('a'));
    await before[Symbol.asyncDispose]();

    await using after = await TestServer.start({ dataDirectory });
    using watch = await after.watch(
      `${CONFIG_MAPS}?watch=true&resourceVersion=${list.body.metadata.resourceVersion}`,
    );
    const [event] = await watch.first(1);
    expect([event.type, event.object.code, event.object.reason]).toEqual(['ERROR', 410, 'Expired']);
  });

  it('keeps its files from everybody else', async () => {
    await using server = await TestServer.start({ dataDirectory });
    await server.get('/version');
    const names = (await readdir(dataDirectory)).toSorted();
    const modes = await Promise.all(names.map((name) => stat(join(dataDirectory, name))));
    expect(names).toContain('objects.mdb');
    expect(modes.map(({ mode }) => mode & 0o077)).toEqual(names.map(() => 0));
  });

  it('keeps its token but gets a certificate for another host', async () => {
    const before = await TestServer.start({ dataDirectory });
    await before[Symbol.asyncDispose]();
    await using after = await TestServer.start({ dataDirectory, host: 'localhost' });
    expect(after.plane.token).toBe(before.plane.token);
    expect((await after.get('/version')).status).toBe(200);
  });
});
