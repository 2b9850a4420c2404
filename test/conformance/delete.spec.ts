import { MERGE, openBackend, type Backend } from './backend.ts';
import { needs } from './needs.ts';
import { GROUP, widget } from './widget.ts';

const HOLD = { finalizers: [`${GROUP}/hold`] };

describe('deletion', () => {
  let server: Backend;
  beforeAll(async () => (server = await openBackend()));
  afterAll(() => server[Symbol.asyncDispose]());

  it('keeps the namespaces that every cluster has', async () => {
    for (const name of ['default', 'kube-system', 'kube-public']) {
      const { status, body } = await server.delete(`/api/v1/namespaces/${name}`);
      expect([status, body.message]).toEqual([
        403,
        `namespaces "${name}" is forbidden: this namespace may not be deleted`,
      ]);
    }
  });

  it('answers a Status that names what is gone', async () => {
    const { body: created } = await server.post(server.widgets, widget('plain'));
    const { status, body } = await server.delete(`${server.widgets}/plain`, {
      propagationPolicy: 'Background',
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'plain', group: GROUP, kind: 'widgets', uid: created.metadata.uid },
    });
    expect((await server.get(`${server.widgets}/plain`)).status).toBe(404);
  });

  it('waits for finalizers and raises the generation', async () => {
    await server.post(server.widgets, widget('held', { size: 1 }, HOLD));
    const path = `${server.widgets}/held`;
    const first = await server.delete(path);
    const again = await server.delete(path);
    expect(first.body.metadata).toMatchObject({
      generation: 2,
      deletionGracePeriodSeconds: 0,
      deletionTimestamp: expect.any(String),
    });
    expect(again.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
    const last = await server.patch(path, MERGE, { metadata: { finalizers: null } });
    expect([last.status, (await server.get(path)).status]).toEqual([200, 404]);
  });

  it('cannot be taken back and lets nobody add a finalizer', async () => {
    await server.post(server.widgets, widget('doomed', { size: 1 }, HOLD));
    const path = `${server.widgets}/doomed`;
    await server.delete(path);
    const cleared = await server.patch(path, MERGE, { metadata: { deletionTimestamp: null } });
    const added = await server.patch(path, MERGE, {
      metadata: { finalizers: [...HOLD.finalizers, `${GROUP}/more`] },
    });
    const again = await server.post(server.widgets, widget('doomed'));
    expect(cleared.body.metadata.deletionTimestamp).toEqual(expect.any(String));
    expect([added.status, added.body.details.causes[0].field]).toEqual([422, 'metadata.finalizers']);
    expect(again.body.message).toBe(`object is being deleted: widgets.${GROUP} "doomed" already exists`);
    await server.patch(path, MERGE, { metadata: { finalizers: null } });
  });

  it('checks uid and resourceVersion first', async () => {
    const { body } = await server.post(server.widgets, widget('checked'));
    const path = `${server.widgets}/checked`;
    const wrongUid = await server.delete(path, {
      preconditions: { uid: '00000000-0000-4000-8000-000000000000' },
    });
    const wrongVersion = await server.delete(path, { preconditions: { resourceVersion: '1' } });
    const { uid, resourceVersion } = body.metadata;
    const right = await server.delete(path, { preconditions: { uid, resourceVersion } });
    expect([wrongUid.status, wrongVersion.status, right.status]).toEqual([409, 409, 200]);
    expect(wrongUid.body.details).toEqual({ name: 'checked', group: GROUP, kind: 'Widget' });
  });

  it('of a collection answers what it deleted', async () => {
    await server.post(server.widgets, widget('x1', { size: 1 }, { labels: { bulk: 'yes' } }));
    await server.post(server.widgets, widget('x2', { size: 1 }, { labels: { bulk: 'yes' } }));
    await server.post(server.widgets, widget('kept'));
    const { body } = await server.delete(`${server.widgets}?labelSelector=bulk%3Dyes`);
    expect(body.items.map((item: any) => item.metadata.name)).toEqual(['x1', 'x2']);
    expect((await server.get(`${server.widgets}/kept`)).status).toBe(200);
  });

  it('changes nothing in a dry run', async () => {
    await server.post(server.widgets, widget('dry'));
    const { status } = await server.delete(`${server.widgets}/dry?dryRun=All`);
    expect([status, (await server.get(`${server.widgets}/dry`)).status]).toEqual([200, 200]);
  });

  needs('garbageCollector')('of an owner deletes what it owns', async () => {
    const { body: owner } = await server.post(server.widgets, widget('owner'));
    const reference = {
      apiVersion: owner.apiVersion,
      kind: owner.kind,
      name: 'owner',
      uid: owner.metadata.uid,
    };
    await server.post(server.widgets, widget('owned', { size: 1 }, { ownerReferences: [reference] }));
    await server.delete(`${server.widgets}/owner`);
    await server.gone(`${server.widgets}/owned`);
  });
});
