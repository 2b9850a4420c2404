import { TestServer } from '../client.ts';
import { configMap, CRDS, WIDGET_CRD, widget, WIDGETS, withWidgets } from '../widgets.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

describe('malformed objects', () => {
  it.each<[string, object]>([
    ['a label that is a number', { labels: { a: 1 } }],
    ['labels that are a list', { labels: [] }],
    ['a finalizer that is a number', { finalizers: [1] }],
    ['finalizers that are a text', { finalizers: 'x' }],
    ['an owner that is null', { ownerReferences: [null] }],
    [
      'an owner whose version is a number',
      { ownerReferences: [{ apiVersion: 5, kind: 'X', name: 'x', uid: 'x' }] },
    ],
    ['a name that is a number', { name: 5 }],
  ])('with %s are a bad request', async (_what, metadata) => {
    await using server = await TestServer.start();
    const { status, body } = await server.post(CONFIG_MAPS, configMap('a', {}, metadata));
    expect([status, body.reason]).toEqual([400, 'BadRequest']);
    expect(body.message).toContain('cannot unmarshal');
  });

  it('with a null label have an empty one', async () => {
    await using server = await TestServer.start();
    const { body } = await server.post(CONFIG_MAPS, configMap('a', {}, { labels: { a: null } }));
    expect(body.metadata.labels).toEqual({ a: '' });
  });

  it('in a path that is badly escaped are not found', async () => {
    await using server = await TestServer.start();
    expect((await server.get(`${CONFIG_MAPS}/%E0%A4`)).status).toBe(404);
  });
});

describe('malformed kinds', () => {
  const changed = (change: (version: any) => void): object => {
    const crd = structuredClone(WIDGET_CRD);
    change(crd.spec.versions[0]);
    return crd;
  };

  it.each<[string, object]>([
    [
      'a column without a path',
      changed((version) => (version.additionalPrinterColumns = [{ name: 'A', type: 'string' }])),
    ],
    [
      'a pattern that does not compile',
      changed((version) => (version.schema.openAPIV3Schema.properties.spec.properties.code.pattern = '(')),
    ],
    [
      'a list of type map without keys',
      changed(
        (version) =>
          delete version.schema.openAPIV3Schema.properties.spec.properties.ports[
            'x-kubernetes-list-map-keys'
          ],
      ),
    ],
    ['no versions', { ...WIDGET_CRD, spec: { ...WIDGET_CRD.spec, versions: [] } }],
  ])('with %s are refused, and the server goes on', async (_what, crd) => {
    await using server = await TestServer.start();
    const { status } = await server.post(CRDS, crd);
    expect(status).toBe(422);
    await withWidgets(server);
    expect((await server.post(WIDGETS, widget('a'))).status).toBe(201);
  });
});
