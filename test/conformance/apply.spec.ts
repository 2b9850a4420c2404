import { APPLY, MERGE, openBackend, type Backend } from './backend.ts';
import { needs } from './needs.ts';
import { GROUP, widget } from './widget.ts';

describe('server-side apply', () => {
  let server: Backend;
  beforeAll(async () => (server = await openBackend()));
  afterAll(() => server[Symbol.asyncDispose]());

  const apply = (name: string, object: unknown, query: string): Promise<any> =>
    server.patch(`${server.widgets}/${name}?${query}`, APPLY, object);
  const owners = (body: any): any =>
    Object.fromEntries(body.metadata.managedFields.map((entry: any) => [entry.manager, entry.fieldsV1]));

  it('creates an object and owns exactly what it said', async () => {
    const object = widget(
      'made',
      { size: 3, ports: [{ name: 'http', port: 80 }] },
      { labels: { from: 'm1' } },
    );
    const { status, body } = await apply('made', object, 'fieldManager=m1');
    expect([status, body.spec.color]).toEqual([201, 'red']);
    expect(body.metadata.managedFields).toEqual([
      {
        manager: 'm1',
        operation: 'Apply',
        apiVersion: `${GROUP}/v1`,
        time: expect.any(String),
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:from': {} } },
          'f:spec': {
            'f:ports': { 'k:{"name":"http"}': { '.': {}, 'f:name': {}, 'f:port': {} } },
            'f:size': {},
          },
        },
      },
    ]);
  });

  it('writes nothing when the configuration is the same', async () => {
    const first = await apply('same', widget('same'), 'fieldManager=m1');
    const second = await apply('same', widget('same'), 'fieldManager=m1');
    expect(second.status).toBe(200);
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });

  it('refuses to change what another manager owns, unless forced', async () => {
    await apply('contested', widget('contested'), 'fieldManager=m1');
    const refused = await apply('contested', widget('contested', { size: 4 }), 'fieldManager=m2');
    expect(refused.status).toBe(409);
    expect(refused.body.message).toBe('Apply failed with 1 conflict: conflict with "m1": .spec.size');
    expect(refused.body.details.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "m1"', field: '.spec.size' },
    ]);
    const forced = await apply('contested', widget('contested', { size: 4 }), 'fieldManager=m2&force=true');
    expect(forced.body.spec.size).toBe(4);
    expect(owners(forced.body)).toEqual({ m2: { 'f:spec': { 'f:size': {} } } });
  });

  it('names the version of a manager that updated', async () => {
    await apply('edited', widget('edited'), 'fieldManager=m1');
    await server.patch(`${server.widgets}/edited?fieldManager=editor`, MERGE, { spec: { size: 5 } });
    const { body } = await apply('edited', widget('edited', { size: 6 }), 'fieldManager=m1');
    expect(body.message).toBe(
      `Apply failed with 1 conflict: conflict with "editor" using ${GROUP}/v1: .spec.size`,
    );
  });

  it('removes a field that it leaves out when nobody else owns it', async () => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'grpc', port: 81 },
    ];
    await apply('shrinking', widget('shrinking', { size: 3, code: 'AB1', ports }), 'fieldManager=m1');
    await apply('shrinking', widget('shrinking', { ports: [{ name: 'grpc' }], size: 3 }), 'fieldManager=m2');
    const { body } = await apply('shrinking', widget('shrinking', { size: 3 }), 'fieldManager=m1');
    expect([body.spec.code, body.spec.ports.map(({ name }: any) => name)]).toEqual([undefined, ['grpc']]);
  });

  it('lets two managers own the same value', async () => {
    await apply('shared', widget('shared'), 'fieldManager=m1');
    const { status, body } = await apply('shared', widget('shared'), 'fieldManager=m2');
    expect([status, Object.keys(owners(body)).toSorted()]).toEqual([200, ['m1', 'm2']]);
  });

  it('merges a list of type map by key and a set by value', async () => {
    await apply(
      'lists',
      widget('lists', { size: 3, tags: ['a'], ports: [{ name: 'x' }] }),
      'fieldManager=m1',
    );
    const { body } = await apply(
      'lists',
      widget('lists', { size: 3, tags: ['b'], ports: [{ name: 'y' }] }),
      'fieldManager=m2',
    );
    expect(body.spec.tags).toEqual(['a', 'b']);
    expect(body.spec.ports.map(({ name }: any) => name)).toEqual(['x', 'y']);
  });

  it('writes status through the subresource, with owners of its own', async () => {
    await apply('reported', widget('reported'), 'fieldManager=m1');
    const status = {
      apiVersion: `${GROUP}/v1`,
      kind: 'Widget',
      metadata: { name: 'reported' },
      status: { phase: 'Applied' },
    };
    const { body } = await server.patch(`${server.widgets}/reported/status?fieldManager=m1`, APPLY, status);
    expect([body.spec.size, body.status.phase, body.metadata.generation]).toEqual([3, 'Applied', 1]);
  });

  needs('subresourceOwners')('tells owners through a subresource apart', async () => {
    await apply('divided', widget('divided'), 'fieldManager=m1');
    const path = `${server.widgets}/divided/status?fieldManager=m1`;
    const { body } = await server.patch(path, APPLY, { ...widget('divided'), status: { phase: 'Applied' } });
    expect(body.metadata.managedFields.map(({ subresource }: any) => subresource)).toEqual([
      undefined,
      'status',
    ]);
  });

  it('is read from YAML', async () => {
    const yaml = `apiVersion: ${GROUP}/v1\nkind: Widget\nmetadata:\n  name: yaml\nspec:\n  size: 8\n`;
    const { status, body } = await apply('yaml', yaml, 'fieldManager=m1');
    expect([status, body.spec.size]).toEqual([201, 8]);
  });

  it.each<[what: string, query: string, object: unknown, refusal: [status: number, message: string]]>([
    [
      'no field manager',
      '',
      widget('bad'),
      [
        422,
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      ],
    ],
    [
      'managed fields',
      'fieldManager=m',
      widget('bad', {}, { managedFields: [{ manager: 'x' }] }),
      [400, 'metadata.managedFields must be nil'],
    ],
    [
      'another name',
      'fieldManager=m',
      widget('other'),
      [400, 'the name of the object (other) does not match the name on the URL (bad)'],
    ],
  ])('refuses %s', async (_what, query, object, refusal) => {
    const { status, body } = await apply('bad', object, query);
    expect([status, body.message]).toEqual(refusal);
  });

  needs('presentWording')('refuses no kind', async () => {
    const { status, body } = await apply('bad', { metadata: { name: 'bad' } }, 'fieldManager=m');
    expect([status, body.message]).toEqual([400, 'invalid object type: /, Kind=']);
  });

  it('refuses a field that the schema does not have', async () => {
    const { status, body } = await apply('bad', widget('bad', { size: 4, bogus: 1 }), 'fieldManager=m');
    expect([status, body.message]).toEqual([
      500,
      expect.stringMatching(
        /^failed to create typed patch object.*: \.spec\.bogus: field not declared in schema$/,
      ),
    ]);
  });

  needs('presentWording')('names the object with such a field', async () => {
    const { body } = await apply('bad', widget('bad', { size: 4, bogus: 1 }), 'fieldManager=m');
    expect(body.message).toContain(`(/bad; ${GROUP}/v1, Kind=Widget)`);
  });
});
