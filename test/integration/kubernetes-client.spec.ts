import { ApiError } from '@tinysystems/kubernetes';
import { Cluster, failureOf, widget, WIDGET } from './kubernetes-cluster.ts';

describe('Client with an API server', () => {
  it('creates, reads, replaces, patches, applies and deletes', async () => {
    await using cluster = await Cluster.start();
    const { widgets } = cluster;
    const created = await widgets.create(widget('a'));
    expect(created.metadata).toMatchObject({ generation: 1, namespace: 'default' });

    const replaced = await widgets.replace({ ...created, spec: { size: 2, color: 'red' } });
    expect(replaced.metadata.generation).toBe(2);
    expect((await widgets.patch('a', { spec: { color: null } })).spec).toEqual({ size: 2 });
    expect((await widgets.patch('a', [{ op: 'replace', path: '/spec/size', value: 3 }])).spec).toEqual({
      size: 3,
    });
    const applied = await widgets.apply({ ...widget('b', 7) }, { fieldManager: 'test' });
    expect(applied.spec).toEqual({ size: 7 });
    await widgets.delete('a');

    expect(ApiError.isNotFound(await failureOf(widgets.get('a')))).toBe(true);
  });

  it('writes the status and nothing else through its subresource', async () => {
    await using cluster = await Cluster.start();
    const { widgets } = cluster;
    const created = await widgets.create(widget('a'));
    const replaced = await widgets.replaceStatus({
      ...created,
      spec: { size: 99 },
      status: { phase: 'Ready' },
    });
    expect(replaced).toMatchObject({
      spec: { size: 1 },
      status: { phase: 'Ready' },
      metadata: { generation: 1 },
    });

    const patched = await widgets.patch('a', { status: { seen: 1 } }, { subresource: 'status' });

    expect(patched.status).toEqual({ phase: 'Ready', seen: 1 });
  });

  it('tells conflicts apart', async () => {
    await using cluster = await Cluster.start();
    const { widgets } = cluster;
    const old = await widgets.create(widget('a'));
    await widgets.replace({ ...old, spec: { size: 2 } });

    expect(ApiError.isConflict(await failureOf(widgets.replace({ ...old, spec: { size: 3 } })))).toBe(true);
    expect(ApiError.isAlreadyExists(await failureOf(widgets.create(widget('a'))))).toBe(true);
    expect(ApiError.isConflict(await failureOf(widgets.delete('a', { uid: 'another' })))).toBe(true);
  });

  it('lists page by page, over all namespaces too', async () => {
    await using cluster = await Cluster.start();
    const { widgets } = cluster;
    for (const name of ['a', 'b', 'c']) await widgets.create(widget(name));
    const first = await widgets.list({ limit: 2 });
    const second = await widgets.list({ limit: 2, continue: first.metadata.continue });
    expect([...first.items, ...second.items].map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
    expect(second.metadata.continue || undefined).toBeUndefined();

    const everywhere = await cluster.connect().resource(WIDGET).list({ fieldSelector: 'metadata.name=b' });

    expect(everywhere.items).toMatchObject([
      { apiVersion: 'example.com/v1', kind: 'Widget', spec: { size: 1 } },
    ]);
  });

  it('keeps how long a busy server asks to wait', async () => {
    await using cluster = await Cluster.start();
    cluster.controlPlane.faults.failNext({ count: 1, status: 429, retryAfterS: 7, path: /widgets/ });

    expect(await failureOf(cluster.widgets.get('a'))).toMatchObject({ code: 429, retryAfterMs: 7_000 });
  });
});
