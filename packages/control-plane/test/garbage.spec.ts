import { TestServer, type Response } from './client.ts';
import { FakeClock } from './fake-clock.ts';
import { configMap, CRDS, GROUP, widget, WIDGETS, withWidgets } from './widgets.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

function ownedBy(owner: Response, extra: object = {}): object {
  const { apiVersion, kind, metadata } = owner.body;
  return { ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, ...extra }] };
}

/** Waits until the object at `path` is gone. */
async function gone(server: TestServer, path: string): Promise<void> {
  const [collection, name] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)];
  using watch = await server.watch(`${collection}?watch=true&fieldSelector=metadata.name%3D${name}`);
  for (let count = 1; ; count += 1) {
    if ((await server.get(path)).status === 404) return;
    await watch.first(count);
  }
}

describe('owner references', () => {
  it('delete a whole chain in the background', async () => {
    await using server = await TestServer.start();
    const owner = await server.post(CONFIG_MAPS, configMap('owner'));
    const child = await server.post(CONFIG_MAPS, configMap('child', {}, ownedBy(owner)));
    await server.post(CONFIG_MAPS, configMap('grandchild', {}, ownedBy(child)));
    await server.delete(`${CONFIG_MAPS}/owner`);
    await gone(server, `${CONFIG_MAPS}/grandchild`);
  });

  it('keep an object as long as one owner is left', async () => {
    await using server = await TestServer.start();
    const first = await server.post(CONFIG_MAPS, configMap('first'));
    const second = await server.post(CONFIG_MAPS, configMap('second'));
    const references = [first, second].flatMap((owner) => (ownedBy(owner) as any).ownerReferences);
    await server.post(CONFIG_MAPS, configMap('child', {}, { ownerReferences: references }));
    using watch = await server.watch(`${CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Dchild`);
    await server.delete(`${CONFIG_MAPS}/first`);
    const [, modified] = await watch.first(2);
    expect(modified.object.metadata.ownerReferences.map(({ name }: any) => name)).toEqual(['second']);
  });

  it('let an owner wait for its dependents in foreground deletion', async () => {
    await using server = await TestServer.start();
    const owner = await server.post(CONFIG_MAPS, configMap('owner'));
    await server.post(
      CONFIG_MAPS,
      configMap('child', {}, { ...ownedBy(owner, { blockOwnerDeletion: true }), finalizers: ['a.b/hold'] }),
    );
    using watch = await server.watch(`${CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Dchild`);
    const deleted = await server.delete(`${CONFIG_MAPS}/owner`, { propagationPolicy: 'Foreground' });
    expect(deleted.body.metadata.finalizers).toEqual(['foregroundDeletion']);
    await watch.first(2);
    expect((await server.get(`${CONFIG_MAPS}/owner`)).status).toBe(200);
    await server.merge(`${CONFIG_MAPS}/child`, { metadata: { finalizers: null } });
    await gone(server, `${CONFIG_MAPS}/owner`);
  });

  it('are taken off the dependents when the owner is orphaning', async () => {
    await using server = await TestServer.start();
    const owner = await server.post(CONFIG_MAPS, configMap('owner'));
    await server.post(CONFIG_MAPS, configMap('child', {}, ownedBy(owner)));
    await server.delete(`${CONFIG_MAPS}/owner?propagationPolicy=Orphan`);
    await gone(server, `${CONFIG_MAPS}/owner`);
    expect((await server.get(`${CONFIG_MAPS}/child`)).body.metadata.ownerReferences).toBeUndefined();
  });

  it('delete a dependent whose owner never existed', async () => {
    await using server = await TestServer.start();
    const owner = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'ghost',
      uid: '00000000-0000-4000-8000-000000000000',
    };
    await server.post(CONFIG_MAPS, configMap('child', {}, { ownerReferences: [owner] }));
    await gone(server, `${CONFIG_MAPS}/child`);
  });
});

describe('namespace deletion', () => {
  it('empties the namespace and refuses new objects meanwhile', async () => {
    await using server = await TestServer.start();
    await server.post('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team' },
    });
    const path = '/api/v1/namespaces/team/configmaps';
    await server.post(path, configMap('held', {}, { finalizers: ['a.b/hold'] }));
    await server.post(path, configMap('free'));
    const deleted = await server.delete('/api/v1/namespaces/team');
    expect(deleted.body.status.phase).toBe('Terminating');
    const late = await server.post(path, configMap('late'));
    expect([late.status, late.body.details.causes[0].reason]).toEqual([403, 'NamespaceTerminating']);
    await gone(server, `${path}/free`);
    await server.merge(`${path}/held`, { metadata: { finalizers: null } });
    await gone(server, '/api/v1/namespaces/team');
  });
});

describe('events', () => {
  it('are removed an hour after they were last seen', async () => {
    const clock = new FakeClock();
    await using server = await TestServer.start({ clock });
    const path = '/api/v1/namespaces/default/events';
    const event = (name: string, lastTimestamp: string): object => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name },
      involvedObject: { kind: 'ConfigMap', name: 'a' },
      lastTimestamp,
    });
    await server.post(path, event('old', '2026-01-01T00:00:00Z'));
    await server.post(path, event('recent', '2026-01-01T00:30:00Z'));
    using watch = await server.watch(`${path}?watch=true&resourceVersion=0&timeoutSeconds=36000`);
    await watch.first(2);
    clock.advance(59 * 60_000);
    expect((await server.get(path)).body.items).toHaveLength(2);
    clock.advance(3 * 60_000);
    const [, , deleted] = await watch.first(3);
    expect([deleted.type, deleted.object.metadata.name]).toEqual(['DELETED', 'old']);
    expect((await server.get(`${path}/recent`)).status).toBe(200);
  });
});

describe('deleting a kind', () => {
  it('deletes its objects first and then stops serving it', async () => {
    await using server = await withWidgets(await TestServer.start());
    await server.post(WIDGETS, widget('held', { size: 1 }, { finalizers: ['a.b/hold'] }));
    await server.delete(`${CRDS}/widgets.${GROUP}`);
    const late = await server.post(WIDGETS, widget('late'));
    expect([late.status, late.body.reason]).toEqual([403, 'Forbidden']);
    await server.merge(`${WIDGETS}/held`, { metadata: { finalizers: null } });
    await gone(server, `${CRDS}/widgets.${GROUP}`);
    expect((await server.get(WIDGETS)).text).toBe('404 page not found\n');
  });
});
