import { TestServer } from './client.ts';
import { configMap, widget, WIDGETS, withWidgets } from './widgets.ts';

describe('custom resources', () => {
  it('serves a kind as soon as its definition is created', async () => {
    await using server = await withWidgets(await TestServer.start());
    const { status, body } = await server.post(WIDGETS, widget('a'));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      metadata: { generation: 1, namespace: 'default' },
      spec: { size: 3, color: 'red' },
    });
  });

  it('raises the generation for the spec and not for labels or status', async () => {
    await using server = await withWidgets(await TestServer.start());
    await server.post(WIDGETS, widget('a'));
    const labelled = await server.merge(`${WIDGETS}/a`, { metadata: { labels: { x: 'y' } } });
    const reported = await server.merge(`${WIDGETS}/a/status`, { status: { phase: 'Ready' } });
    const resized = await server.merge(`${WIDGETS}/a`, { spec: { size: 4 } });
    expect([labelled, reported, resized].map(({ body }) => body.metadata.generation)).toEqual([1, 1, 2]);
    expect(resized.body.status).toEqual({ phase: 'Ready' });
  });

  it('keeps the resourceVersion when nothing changes', async () => {
    await using server = await withWidgets(await TestServer.start());
    const created = await server.post(WIDGETS, widget('a'));
    const same = await server.merge(`${WIDGETS}/a`, { spec: { size: 3 } });
    expect(same.body.metadata.resourceVersion).toBe(created.body.metadata.resourceVersion);
  });

  it('refuses a stale update with 409 and an update without a version with 422', async () => {
    await using server = await withWidgets(await TestServer.start());
    const { body } = await server.post(WIDGETS, widget('a'));
    await server.merge(`${WIDGETS}/a`, { spec: { size: 4 } });
    const stale = await server.put(`${WIDGETS}/a`, body);
    const unversioned = await server.put(`${WIDGETS}/a`, widget('a', { size: 5 }));
    expect([stale.status, stale.body.reason]).toEqual([409, 'Conflict']);
    expect(unversioned.body.message).toContain(
      'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });

  it('lets exactly one of two concurrent creates win', async () => {
    await using server = await TestServer.start();
    const path = '/api/v1/namespaces/default/configmaps';
    const answers = await Promise.all([server.post(path, configMap('a')), server.post(path, configMap('a'))]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });
});

describe('watches', () => {
  it('resumes after a resourceVersion and turns a lost label into DELETED', async () => {
    await using server = await withWidgets(await TestServer.start());
    const { body: list } = await server.get(WIDGETS);
    await server.post(WIDGETS, widget('a', { size: 1 }, { labels: { on: 'yes' } }));
    await server.merge(`${WIDGETS}/a`, { spec: { size: 2 } });
    await server.merge(`${WIDGETS}/a`, { metadata: { labels: { on: 'no' } } });
    const from = `resourceVersion=${list.metadata.resourceVersion}`;
    using watch = await server.watch(`${WIDGETS}?watch=true&labelSelector=on%3Dyes&${from}`);
    const events = await watch.first(3);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });
});
