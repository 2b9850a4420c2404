import {
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  Watch,
  type KubernetesObject,
} from '@kubernetes/client-node';

import { openBackend, type Backend } from './backend.ts';
import { GROUP, widget } from './widget.ts';

type Widget = KubernetesObject & { readonly spec: { readonly size: number } };

describe('@kubernetes/client-node', () => {
  let server: Backend;
  let place: { group: string; version: string; namespace: string; plural: string };
  const config = new KubeConfig();

  beforeAll(async () => {
    server = await openBackend();
    config.loadFromString(await server.kubeconfig());
    place = { group: GROUP, version: 'v1', namespace: server.namespace, plural: 'widgets' };
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const custom = (): CustomObjectsApi => config.makeApiClient(CustomObjectsApi);
  const create = (name: string, size = 1): Promise<unknown> =>
    custom().createNamespacedCustomObject({ ...place, body: widget(name, { size }) });

  it('lists, page by page', async () => {
    for (const name of ['l1', 'l2', 'l3']) await create(name);
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await custom().listNamespacedCustomObject({
        ...place,
        limit: 2,
        ...(token && { _continue: token }),
      });
      names.push(...page.items.map((item: Widget) => item.metadata?.name ?? ''));
      token = page.metadata._continue ?? page.metadata.continue;
    } while (token);
    expect(names.filter((name) => name.startsWith('l'))).toEqual(['l1', 'l2', 'l3']);
  });

  it('patches in each way that the kind takes', async () => {
    await create('patched');
    const patch = async (strategy: PatchStrategy, body: unknown): Promise<number> => {
      const isApply = strategy === PatchStrategy.ServerSideApply;
      const parameters = {
        ...place,
        name: 'patched',
        body,
        fieldManager: 'test',
        ...(isApply && { force: true }),
      };
      const answer = await custom().patchNamespacedCustomObject(
        parameters,
        setHeaderOptions('Content-Type', strategy),
      );
      return answer.spec.size;
    };
    expect(await patch(PatchStrategy.MergePatch, { spec: { size: 2 } })).toBe(2);
    expect(await patch(PatchStrategy.JsonPatch, [{ op: 'replace', path: '/spec/size', value: 3 }])).toBe(3);
    expect(await patch(PatchStrategy.ServerSideApply, widget('patched', { size: 4 }))).toBe(4);
  });

  it('tells failures apart by code and body', async () => {
    const missing = custom().getNamespacedCustomObject({ ...place, name: 'missing' });
    await expect(missing).rejects.toMatchObject({ code: 404, body: expect.stringContaining('NotFound') });
    await create('twice');
    await expect(create('twice')).rejects.toMatchObject({ code: 409 });
    await expect(create('large', 1000)).rejects.toMatchObject({ code: 422 });
  });

  it('creates, reads, patches, lists and deletes objects of any kind', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const header = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'any', namespace: server.namespace, labels: { of: 'any' } },
    };
    await objects.create({ ...header, data: { a: '1' } } as KubernetesObject);
    const patched: any = await objects.patch({ ...header, data: { b: '2' } } as KubernetesObject);
    const read: any = await objects.read(header);
    expect([patched.data, read.data]).toEqual([
      { a: '1', b: '2' },
      { a: '1', b: '2' },
    ]);
    const none = undefined;
    const list = await objects.list('v1', 'ConfigMap', server.namespace, none, none, none, none, 'of=any');
    expect(list.items.map(({ metadata }) => metadata?.name)).toEqual(['any']);
    expect((await objects.delete(header)).status).toBe('Success');
  });

  it('watches', async () => {
    const seen: string[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onEvent = (phase: string, object: Widget): void => {
      if (object.metadata?.name === 'watched') seen.push(`${phase} ${object.spec.size}`);
      if (phase === 'DELETED') resolve();
    };
    const request = await new Watch(config).watch(server.widgets, {}, onEvent, (error: unknown) =>
      reject(error),
    );
    await create('watched', 5);
    await custom().deleteNamespacedCustomObject({ ...place, name: 'watched' });
    await promise;
    request.abort();
    expect(seen).toEqual(['ADDED 5', 'DELETED 5']);
  });

  it('keeps an informer up to date', async () => {
    await create('before', 6);
    const informer = makeInformer<Widget>(config, server.widgets, () =>
      custom().listNamespacedCustomObject(place),
    );
    const events: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const verb of ['add', 'update', 'delete'] as const) {
      informer.on(verb, ({ metadata }) => {
        events.push(`${verb} ${metadata?.name}`);
        if (verb === 'delete') resolve();
      });
    }
    await informer.start();
    await create('after', 7);
    await custom().deleteNamespacedCustomObject({ ...place, name: 'after' });
    await promise;
    await informer.stop();
    expect(events).toEqual(expect.arrayContaining(['add before', 'add after', 'delete after']));
  });

  it('reads typed objects of the core', async () => {
    const core = config.makeApiClient(CoreV1Api);
    await core.createNamespacedSecret({
      namespace: server.namespace,
      body: { metadata: { name: 's' }, stringData: { password: 'p' } },
    });
    const secret = await core.readNamespacedSecret({ namespace: server.namespace, name: 's' });
    expect([secret.type, secret.data, secret.metadata?.creationTimestamp]).toEqual([
      'Opaque',
      { password: 'cA==' },
      expect.any(Date),
    ]);
  });
});
