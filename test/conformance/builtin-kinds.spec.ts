import { openBackend, type Backend } from './backend.ts';
import { needs } from './needs.ts';
import { GROUP } from './widget.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('built-in kinds', () => {
  let server: Backend;
  beforeAll(async () => (server = await openBackend()));
  afterAll(() => server[Symbol.asyncDispose]());

  const inNamespace = (api: string, plural: string): string =>
    `${api}/namespaces/${server.namespace}/${plural}`;
  const ownedFields = (body: any): any => body.metadata.managedFields[0].fieldsV1;

  const columns = async (path: string): Promise<[shown: string[], wide: string[]]> => {
    const { body } = await server.get(path, { accept: TABLE });
    const named = (isWide: boolean): string[] =>
      body.columnDefinitions
        .filter((column: any) => column.priority > 0 === isWide)
        .map(({ name }: any) => name);
    return [named(false), named(true)];
  };

  it.each<[string, string, string[], string[]]>([
    [
      '/api/v1',
      'pods',
      ['Name', 'Ready', 'Status', 'Restarts', 'Age'],
      ['IP', 'Node', 'Nominated Node', 'Readiness Gates'],
    ],
    ['/api/v1', 'services', ['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age'], ['Selector']],
    ['/api/v1', 'configmaps', ['Name', 'Data', 'Age'], []],
    ['/api/v1', 'secrets', ['Name', 'Type', 'Data', 'Age'], []],
    [
      '/api/v1',
      'events',
      ['Last Seen', 'Type', 'Reason', 'Object', 'Message'],
      ['Subobject', 'Source', 'First Seen', 'Count', 'Name'],
    ],
    [
      '/apis/apps/v1',
      'deployments',
      ['Name', 'Ready', 'Up-to-date', 'Available', 'Age'],
      ['Containers', 'Images', 'Selector'],
    ],
    ['/apis/apps/v1', 'statefulsets', ['Name', 'Ready', 'Age'], ['Containers', 'Images']],
    ['/apis/coordination.k8s.io/v1', 'leases', ['Name', 'Holder', 'Age'], []],
    ['/apis/rbac.authorization.k8s.io/v1', 'roles', ['Name', 'Created At'], []],
    [
      '/apis/rbac.authorization.k8s.io/v1',
      'rolebindings',
      ['Name', 'Role', 'Age'],
      ['Users', 'Groups', 'ServiceAccounts'],
    ],
    ['/apis/networking.k8s.io/v1', 'ingresses', ['Name', 'Class', 'Hosts', 'Address', 'Ports', 'Age'], []],
  ])('show the columns of %s %s', async (api, plural, shown, wide) => {
    expect(await columns(inNamespace(api, plural))).toEqual([shown, wide]);
  });

  needs('presentBuiltIns')('show the columns of jobs', async () => {
    expect(await columns(inNamespace('/apis/batch/v1', 'jobs'))).toEqual([
      ['Name', 'Status', 'Completions', 'Duration', 'Age'],
      ['Containers', 'Images', 'Selector'],
    ]);
  });

  it('need not say what they are, unlike custom ones', async () => {
    const { status, body } = await server.post(server.configMaps, {
      metadata: { name: 'untyped' },
      data: { a: '1' },
    });
    expect([status, body.apiVersion, body.kind]).toEqual([201, 'v1', 'ConfigMap']);
    const custom = await server.post(server.widgets, { metadata: { name: 'untyped' }, spec: { size: 1 } });
    expect([custom.status, custom.body.message]).toEqual([
      400,
      expect.stringContaining("Object 'Kind' is missing"),
    ]);
  });

  const createPod = async (name: string): Promise<string> => {
    const spec = {
      containers: [
        { name: 'a', image: 'a:1' },
        { name: 'b', image: 'b:1' },
      ],
    };
    await server.post(inNamespace('/api/v1', 'pods'), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec,
    });
    return `${inNamespace('/api/v1', 'pods')}/${name}`;
  };

  needs('presentBuiltIns')('show what a pod is, that waits', async () => {
    const { body } = await server.get(await createPod('shown'), { accept: TABLE });
    expect(body.rows[0].cells.slice(0, 4)).toEqual(['shown', '0/2', 'Pending', '0']);
  });

  it('have an empty log of each container, when their pod runs nowhere', async () => {
    const log = `${await createPod('silent')}/log`;
    const { status, text } = await server.get(`${log}?container=b`);
    expect([status, text]).toEqual([204, '']);
    const message = async (path: string): Promise<string> => (await server.get(path)).body.message;
    expect(await message(log)).toBe(
      'a container name must be specified for pod silent, choose one of: [a b]',
    );
    expect(await message(`${log}?container=c`)).toBe('container c is not valid for pod silent');
  });

  it('own what was said, and not what every object of their type has', async () => {
    const lease = await server.post(inNamespace('/apis/coordination.k8s.io/v1', 'leases'), {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l' },
      spec: { holderIdentity: 'me' },
    });
    const deployment = await server.post(inNamespace('/apis/apps/v1', 'deployments'), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: {
        selector: { matchLabels: { app: 'd' } },
        template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'c:1' }] } },
      },
    });
    expect(ownedFields(lease.body)).toEqual({ 'f:spec': { 'f:holderIdentity': {} } });
    expect(ownedFields(deployment.body)['f:spec']).toMatchObject({
      'f:selector': {},
      'f:template': { 'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } } },
    });
    expect(Object.keys(ownedFields(deployment.body)['f:spec'])).not.toContain('.');
  });

  it('let a namespace be held by a finalizer of its own until it is taken off', async () => {
    const name = `${server.namespace}-held`;
    const path = `/api/v1/namespaces/${name}`;
    const finalizers = ['example.com/hold'];
    await server.post('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, finalizers },
    });
    const marked = await server.delete(path);
    expect([marked.body.status.phase, marked.body.metadata.finalizers]).toEqual(['Terminating', finalizers]);
    const body = { ...marked.body, metadata: { name }, spec: { finalizers: [] } };
    const finalized = await server.put(`${path}/finalize`, body);
    expect([finalized.status, finalized.body.spec]).toEqual([200, {}]);
    await server.patch(path, 'application/merge-patch+json', { metadata: { finalizers: null } });
    await server.gone(path);
  });

  needs('openapi')('are described in OpenAPI version 2, together with the custom ones', async () => {
    const { status, body } = await server.get('/openapi/v2');
    expect([status, body.swagger]).toEqual([200, '2.0']);
    expect(body.paths[`/apis/${GROUP}/v1/namespaces/{namespace}/widgets/{name}/scale`].patch).toBeDefined();
    const kinds = Object.values<any>(body.definitions).flatMap(
      (schema) => schema['x-kubernetes-group-version-kind'] ?? [],
    );
    expect(kinds).toEqual(
      expect.arrayContaining([
        { group: GROUP, version: 'v1', kind: 'Widget' },
        { group: 'apps', version: 'v1', kind: 'Deployment' },
      ]),
    );
  });

  it('are listed with everything that can be asked for', async () => {
    const { body } = await server.get('/');
    expect(body.paths).toEqual(expect.arrayContaining(['/api/v1', '/apis/apps/v1', '/version']));
  });

  needs('openapiV3')('are listed together with the custom ones and with what describes them', async () => {
    const { body } = await server.get('/');
    expect(body.paths).toEqual(expect.arrayContaining([`/apis/${GROUP}/v1`, '/openapi/v3']));
  });
});
