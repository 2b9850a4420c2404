import { openBackend, type Backend } from './backend.ts';
import { needs } from './needs.ts';
import { GROUP } from './widget.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

describe('discovery', () => {
  let server: Backend;
  beforeAll(async () => (server = await openBackend()));
  afterAll(() => server[Symbol.asyncDispose]());

  it.each(['/healthz', '/livez', '/readyz'])('answers ok at %s', async (path) => {
    const { status, text } = await server.get(path, { accept: '*/*' });
    expect([status, text]).toEqual([200, 'ok']);
  });

  it('tells its version', async () => {
    const { body } = await server.get('/version');
    expect(body).toMatchObject({
      major: '1',
      minor: expect.stringMatching(/^\d+/),
      gitVersion: expect.stringMatching(/^v1\./),
    });
  });

  it('lists a custom group with its preferred version first', async () => {
    const { body } = await server.get('/apis');
    const v1 = { groupVersion: `${GROUP}/v1`, version: 'v1' };
    const v1beta1 = { groupVersion: `${GROUP}/v1beta1`, version: 'v1beta1' };
    expect(body.groups.find(({ name }: any) => name === GROUP)).toEqual({
      name: GROUP,
      versions: [v1, v1beta1],
      preferredVersion: v1,
    });
  });

  it('lists the resources of a version with their subresources', async () => {
    const { body } = await server.get(`/apis/${GROUP}/v1`);
    const found = body.resources.find(({ name }: any) => name === 'widgets');
    expect(found).toMatchObject({
      singularName: 'widget',
      namespaced: true,
      kind: 'Widget',
      verbs: CUSTOM_VERBS,
      shortNames: ['wd'],
    });
    expect(body.resources.map(({ name }: any) => name)).toEqual(
      expect.arrayContaining(['widgets/scale', 'widgets/status']),
    );
  });

  needs('aggregatedDiscovery')('answers everything at once in the aggregated form', async () => {
    const { body, headers } = await server.get('/apis', { accept: AGGREGATED });
    expect(headers['content-type']).toBe(
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    );
    const group = body.items.find(({ metadata }: any) => metadata.name === GROUP);
    const resource = group.versions[0].resources.find((candidate: any) => candidate.resource === 'widgets');
    expect(resource).toMatchObject({
      responseKind: { group: GROUP, version: 'v1', kind: 'Widget' },
      scope: 'Namespaced',
      subresources: [{ subresource: 'status' }, { subresource: 'scale' }],
    });
  });

  needs('openapiV3')('serves the OpenAPI document of a group under its hash', async () => {
    const { body: index } = await server.get('/openapi/v3');
    const { body } = await server.get(index.paths[`apis/${GROUP}/v1`].serverRelativeURL);
    const schema = body.components.schemas['com.example.probe.v1.Widget'];
    expect(schema['x-kubernetes-group-version-kind']).toEqual([
      { group: GROUP, version: 'v1', kind: 'Widget' },
    ]);
    expect(schema.properties.spec.properties.size).toEqual({
      type: 'integer',
      minimum: 1,
      maximum: 100,
      description: 'How big.',
    });
    const item = body.paths[`/apis/${GROUP}/v1/namespaces/{namespace}/widgets/{name}`];
    expect(item.patch.parameters.map(({ name }: any) => name)).toContain('fieldValidation');
  });

  needs('plainNotFound')('does not know an unknown path', async () => {
    const { status, text } = await server.get('/no/such/path');
    expect([status, text]).toEqual([404, '404 page not found\n']);
  });

  it.each([
    ['an unknown group', '/apis/no.such.group/v1/things'],
    ['an unknown resource', `/apis/${GROUP}/v1/nothings`],
    ['a version that is not served', `/apis/${GROUP}/v2/widgets`],
  ])('does not know %s', async (_what, path) => {
    const { status, text, headers } = await server.get(path);
    expect([status, text, headers['content-type']]).toEqual([
      404,
      '404 page not found\n',
      'text/plain; charset=utf-8',
    ]);
  });

  it('refuses to answer in HTML', async () => {
    const { status, body } = await server.get('/api/v1/namespaces/default', { accept: 'text/html' });
    expect([status, body.reason]).toEqual([406, 'NotAcceptable']);
  });

  it('says that the caller may do what it asks about', async () => {
    const { status, body } = await server.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: 'create', group: GROUP, resource: 'widgets' } },
    });
    expect([status, body.status.allowed]).toEqual([201, true]);
  });
});
