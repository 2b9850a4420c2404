import { JSON_PATCH, MERGE, openBackend, STRATEGIC, type Backend } from './backend.ts';
import { configMap, widget } from './widget.ts';

const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          { name: 'one', image: 'a:1', env: [{ name: 'A', value: '1' }] },
          { name: 'two', image: 'b:1' },
        ],
      },
    },
  },
};

describe('patches', () => {
  let server: Backend;
  beforeAll(async () => {
    server = await openBackend();
    await server.post(
      server.widgets,
      widget('a', { size: 3, labels: { k: 'v' } }, { annotations: { note: 'hi' } }),
    );
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('merge members and remove those that are null', async () => {
    const patch = { spec: { labels: { other: 'x' } }, metadata: { annotations: { note: null } } };
    const { body } = await server.patch(`${server.widgets}/a`, MERGE, patch);
    expect([body.spec.labels, body.metadata.annotations]).toEqual([{ k: 'v', other: 'x' }, undefined]);
  });

  it('put a default in the place of a null', async () => {
    await server.patch(`${server.widgets}/a`, MERGE, { spec: { color: 'blue' } });
    const { body } = await server.patch(`${server.widgets}/a`, MERGE, { spec: { color: null } });
    expect(body.spec.color).toBe('red');
  });

  it('change single places with JSON patch', async () => {
    const { body } = await server.patch(`${server.widgets}/a`, JSON_PATCH, [
      { op: 'test', path: '/spec/size', value: 3 },
      { op: 'replace', path: '/spec/size', value: 14 },
      { op: 'add', path: '/spec/tags', value: ['a'] },
      { op: 'add', path: '/spec/tags/-', value: 'b' },
    ]);
    expect([body.spec.size, body.spec.tags]).toEqual([14, ['a', 'b']]);
  });

  it.each([
    ['a failing test', [{ op: 'test', path: '/spec/size', value: 1 }]],
    ['a path that is not there', [{ op: 'remove', path: '/spec/nothing' }]],
  ])('refuse %s and change nothing', async (_what, operations) => {
    const before = await server.get(`${server.widgets}/a`);
    const { status, body } = await server.patch(`${server.widgets}/a`, JSON_PATCH, operations);
    expect([status, body.message]).toEqual([
      422,
      'the server rejected our request due to an error in our request',
    ]);
    expect((await server.get(`${server.widgets}/a`)).body).toEqual(before.body);
  });

  it('refuse a strategic merge of a custom resource', async () => {
    const { status, body } = await server.patch(`${server.widgets}/a`, STRATEGIC, { spec: { size: 15 } });
    expect([status, body.reason]).toEqual([415, 'UnsupportedMediaType']);
  });

  it('refuse a stale resourceVersion in their body', async () => {
    const { status } = await server.patch(`${server.widgets}/a`, MERGE, {
      metadata: { resourceVersion: '1' },
    });
    expect(status).toBe(409);
  });

  it('merge lists of built-in kinds by their key', async () => {
    const deployments = `/apis/apps/v1/namespaces/${server.namespace}/deployments`;
    await server.post(deployments, DEPLOYMENT);
    const containers = [
      { name: 'one', env: [{ name: 'B', value: '2' }] },
      { name: 'two', $patch: 'delete' },
    ];
    const { body } = await server.patch(`${deployments}/web`, STRATEGIC, {
      spec: { template: { spec: { containers } } },
    });
    const shown = body.spec.template.spec.containers.map(({ name, image, env }: any) => {
      return [name, image, env.map((item: any) => item.name).toSorted()];
    });
    expect(shown).toEqual([['one', 'a:1', ['A', 'B']]]);
  });

  it('merge data of a ConfigMap', async () => {
    await server.post(server.configMaps, configMap('cm', { a: '1', b: '2' }));
    const { body } = await server.patch(`${server.configMaps}/cm`, STRATEGIC, { data: { b: null, c: '3' } });
    expect(body.data).toEqual({ a: '1', c: '3' });
  });
});
