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

  it.each([
    ['a ConfigMap', 'configmaps', 'ConfigMap', { a: 'x'.repeat(MIB + 1) }, '[]'],
    ['a Secret', 'secrets', 'Secret', { a: Buffer.alloc(MIB + 1).toString('base64') }, 'data'],
  ])('refuses %s with more than 1 MiB of data', async (_what, plural, kind, data, field) => {
    await using server = await TestServer.start();
    const object = { apiVersion: 'v1', kind, metadata: { name: 'a' }, data };
    const { status, body } = await server.post(`/api/v1/namespaces/default/${plural}`, object);
    expect([status, body.message]).toEqual([
      422,
      `${kind} "a" is invalid: ${field}: Too long: may not be more than 1048576 bytes`,
    ]);
  });

  it('refuses annotations of more than 256 KiB', async () => {
    await using server = await TestServer.start();
    const annotations = { a: 'x'.repeat(256 * 1024) };
    const { status, body } = await server.post(CONFIG_MAPS, configMap('a', {}, { annotations }));
    expect([status, body.message]).toEqual([
      422,
      'ConfigMap "a" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
    ]);
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

describe('bodies that are made to cost much', () => {
  const nested = (open: string, close: string, levels: number) =>
    `{"apiVersion":"probe.example.com/v1","kind":"Widget","metadata":{"name":"a"},` +
    `"spec":{"size":3,"raw":{"x":${open.repeat(levels)}1${close.repeat(levels)}}}}`;
  const APPLY = 'application/apply-patch+yaml';
  const YAML = 'application/yaml';
  const HEAD = 'apiVersion: probe.example.com/v1\nkind: Widget\nmetadata: {name: a}\n';

  it.each([
    ['lists', nested('[', ']', 100_000), '['],
    ['objects', nested('{"a":', '}', 100_000), '{'],
  ])('refuses %s in %s', async (_what, text, bracket) => {
    await using server = await withWidgets(await TestServer.start());
    const { status, body } = await server.post(WIDGETS, text);
    expect([status, body.message]).toEqual([
      400,
      expect.stringContaining(`json parse error: invalid character '${bracket}' exceeded max depth`),
    ]);
    const applied = await server.call('PATCH', `${WIDGETS}/a?fieldManager=m`, text, { type: APPLY });
    expect([applied.status, applied.body.message]).toEqual([
      400,
      expect.stringContaining('exceeded max depth'),
    ]);
  });

  it('takes an object that is as deep as allowed, and keeps, changes, watches and lists it', async () => {
    await using server = await withWidgets(await TestServer.start());
    using watch = await server.watch(`${WIDGETS}?watch=true`);
    const created = await server.post(WIDGETS, nested('{"a":', '}', 990));
    expect(created.status).toBe(201);
    const changed = await server.merge(`${WIDGETS}/a`, { spec: { raw: { y: 1 } } });
    expect([changed.status, changed.body.metadata.generation]).toEqual([200, 2]);
    expect((await watch.first(2)).map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED']);
    expect((await server.get(WIDGETS)).body.items).toHaveLength(1);
  });

  it('does not let patches dig an object deeper than allowed', async () => {
    await using server = await withWidgets(await TestServer.start());
    await server.post(WIDGETS, nested('[', ']', 600));
    const value = JSON.parse(`${'['.repeat(600)}${']'.repeat(600)}`);
    const path = `/spec/raw/x${'/0'.repeat(599)}`;
    const { status } = await server.call('PATCH', `${WIDGETS}/a`, [{ op: 'replace', path, value }], {
      type: 'application/json-patch+json',
    });
    expect(status).toBe(422);
  });

  it.each([
    ['flow lists', `${HEAD}spec: {size: 3, raw: {x: ${'['.repeat(100_000)}`],
    ['block lists', `${HEAD}spec:\n${'- '.repeat(100_000)}x\n`],
    [
      'flow lists one a line',
      `${HEAD}spec: {size: 3, raw: {x: ${'[\n '.repeat(3_000)}${']'.repeat(3_000)}}}\n`,
    ],
  ])('refuses %s that nest too deep in YAML', async (_what, text) => {
    await using server = await withWidgets(await TestServer.start());
    const { status, body } = await server.post(WIDGETS, text, { type: YAML });
    expect([status, body.message]).toEqual([400, expect.stringContaining('yaml: exceeded max depth')]);
  });

  it('refuses aliases that multiply', async () => {
    await using server = await withWidgets(await TestServer.start());
    const levels = [...'bcdefghi'].map((name, index) => {
      return `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`;
    });
    const bomb = `${HEAD}a: &a [x,x,x,x,x,x,x,x,x]\n${levels.join('\n')}\n`;
    const { status, body } = await server.post(WIDGETS, bomb, { type: YAML });
    expect([status, body.message]).toEqual([
      400,
      expect.stringContaining('yaml: document contains excessive aliasing'),
    ]);
  });

  it('refuses a JSON patch of more than 10,000 operations, and copies that multiply', async () => {
    await using server = await withWidgets(await TestServer.start());
    await server.post(WIDGETS, widget('a', { size: 3, raw: { x: {} } }));
    const patch = (operations: object[]) =>
      server.call('PATCH', `${WIDGETS}/a`, operations, { type: 'application/json-patch+json' });
    const many = await patch(Array(10_001).fill({ op: 'test', path: '/spec/size', value: 3 }));
    expect([many.status, many.body.message]).toEqual([
      413,
      'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    ]);
    const copies = Array.from({ length: 60 }, (_, index) => {
      return { op: 'copy', from: '/spec/raw', path: `/spec/raw/x/copy${index}` };
    });
    expect((await patch(copies)).status).toBe(422);
  });
});
