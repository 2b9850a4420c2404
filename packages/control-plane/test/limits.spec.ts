import { TestServer } from './client.ts';
import { configMap, widget, WIDGETS, withWidgets } from './widgets.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const MIB = 1024 * 1024;

describe('the size of what a control plane takes', () => {
  it('refuses an object above 1.5 MiB in the words of an etcd', async () => {
    await using server = await withWidgets(await TestServer.start());
    const large = { size: 3, raw: { text: 'x'.repeat(1.5 * MIB) } };
    const { status, body } = await server.post(WIDGETS, widget('a', large));
    expect([status, body.message, body.reason]).toEqual([500, 'etcdserver: request is too large', undefined]);
    expect((await server.get(`${WIDGETS}/a`)).status).toBe(404);
  });

  it('refuses a change that makes an object too large, and keeps the object', async () => {
    await using server = await withWidgets(await TestServer.start());
    await server.post(WIDGETS, widget('a', { size: 3, raw: { first: 'x'.repeat(MIB) } }));
    const before = await server.get(WIDGETS);
    const second = { spec: { raw: { second: 'y'.repeat(0.6 * MIB) } } };
    const { status, body } = await server.merge(`${WIDGETS}/a`, second);
    expect([status, body.message]).toEqual([500, 'etcdserver: request is too large']);
    expect((await server.get(WIDGETS)).text).toBe(before.text);
  });

  it('says what would become of a large object in a dry run, which stores nothing', async () => {
    await using server = await withWidgets(await TestServer.start());
    const large = { size: 3, raw: { text: 'x'.repeat(1.5 * MIB) } };
    expect((await server.post(`${WIDGETS}?dryRun=All`, widget('a', large))).status).toBe(201);
  });

  it('refuses a body above 3 MiB', async () => {
    await using server = await TestServer.start();
    const { status, body } = await server.post(CONFIG_MAPS, configMap('a', { text: 'x'.repeat(3 * MIB) }));
    expect([status, body]).toEqual([
      413,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'Request entity too large: limit is 3145728',
        reason: 'RequestEntityTooLarge',
        code: 413,
      },
    ]);
  });
});
