import { openBackend, MERGE, type Backend } from './backend.ts';
import { needs } from './needs.ts';
import { configMap, GROUP, widget } from './widget.ts';

describe('objects', () => {
  let server: Backend;
  beforeAll(async () => (server = await openBackend()));
  afterAll(() => server[Symbol.asyncDispose]());

  it('are created with identity, generation and defaults, and without status', async () => {
    const { status, body } = await server.post(server.widgets, {
      ...widget('made'),
      status: { phase: 'Sneaky' },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      apiVersion: `${GROUP}/v1`,
      kind: 'Widget',
      metadata: {
        name: 'made',
        namespace: server.namespace,
        generation: 1,
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        resourceVersion: expect.stringMatching(/^\d+$/),
        creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
      spec: { size: 3, color: 'red', replicas: 1 },
    });
    expect(body.status).toBeUndefined();
  });

  it('get five characters behind generateName', async () => {
    const { body } = await server.post(
      server.widgets,
      widget(undefined, { size: 1 }, { generateName: 'gen-' }),
    );
    expect(body.metadata.name).toMatch(/^gen-[a-z0-9]{5}$/);
  });

  it('cannot be created twice', async () => {
    await server.post(server.widgets, widget('twice'));
    const { status, body } = await server.post(server.widgets, widget('twice'));
    expect(status).toBe(409);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `widgets.${GROUP} "twice" already exists`,
      reason: 'AlreadyExists',
      details: { name: 'twice', group: GROUP, kind: 'widgets' },
      code: 409,
    });
  });

  it('that do not exist are a 404 that names the plural', async () => {
    const { status, body } = await server.get(`${server.widgets}/missing`);
    expect([status, body.message, body.details.kind]).toEqual([
      404,
      `widgets.${GROUP} "missing" not found`,
      'widgets',
    ]);
  });

  it('need an existing namespace', async () => {
    const { status, body } = await server.post(
      `/apis/${GROUP}/v1/namespaces/no-such-ns/widgets`,
      widget('x'),
    );
    expect([status, body.message]).toEqual([404, 'namespaces "no-such-ns" not found']);
  });

  it('are not kept by a dry run', async () => {
    const { status, body } = await server.post(`${server.widgets}?dryRun=All`, widget('dry'));
    expect([status, body.metadata.resourceVersion]).toEqual([201, undefined]);
    expect((await server.get(`${server.widgets}/dry`)).status).toBe(404);
  });

  const fromYaml = (name: string): Promise<any> => {
    const yaml = `apiVersion: ${GROUP}/v1\nkind: Widget\nmetadata:\n  name: ${name}\nspec:\n  size: 7\n`;
    return server.post(`${server.widgets}?dryRun=All`, yaml, { type: 'application/yaml' });
  };

  it('are read from YAML 1.1, where an unquoted y is a boolean', async () => {
    const [good, bad] = [await fromYaml('from-yaml'), await fromYaml('y')];
    expect([good.status, good.body.spec.size, bad.status]).toEqual([201, 7, 400]);
  });

  needs('presentWording')('say which type in YAML is wrong', async () => {
    expect((await fromYaml('y')).body.message).toBe(
      'Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal bool into Go struct field ObjectMeta.name of type string',
    );
  });

  it('are served in every version of their kind', async () => {
    await server.post(server.widgets, widget('versioned'));
    const { body } = await server.get(`${server.widgets.replace('/v1/', '/v1beta1/')}/versioned`);
    expect([body.apiVersion, body.spec.size]).toEqual([`${GROUP}/v1beta1`, 3]);
  });

  describe('when updated', () => {
    it('refuse a stale resourceVersion', async () => {
      const { body } = await server.post(server.widgets, widget('stale'));
      await server.patch(`${server.widgets}/stale`, MERGE, { spec: { size: 4 } });
      const { status, body: error } = await server.put(`${server.widgets}/stale`, body);
      expect(status).toBe(409);
      expect(error).toMatchObject({
        reason: 'Conflict',
        message:
          `Operation cannot be fulfilled on widgets.${GROUP} "stale": the object has been modified; ` +
          'please apply your changes to the latest version and try again',
      });
    });

    it('need a resourceVersion when they are custom', async () => {
      await server.post(server.widgets, widget('blind'));
      await server.post(server.configMaps, configMap('blind', { a: '1' }));
      const custom = await server.put(`${server.widgets}/blind`, widget('blind', { size: 9 }));
      const builtin = await server.put(`${server.configMaps}/blind`, configMap('blind', { b: '2' }));
      const [cause] = custom.body.details.causes;
      expect([custom.status, cause.field]).toEqual([422, 'metadata.resourceVersion']);
      expect([builtin.status, builtin.body.data]).toEqual([200, { b: '2' }]);
    });

    needs('presentWording')('say that the resourceVersion is missing', async () => {
      await server.post(server.widgets, widget('wordless'));
      const { body } = await server.put(`${server.widgets}/wordless`, widget('wordless', { size: 9 }));
      expect(body.details.causes[0].message).toBe('Invalid value: 0: must be specified for an update');
    });

    it('keep their resourceVersion when nothing changes', async () => {
      const { body } = await server.post(server.widgets, widget('same'));
      const put = await server.put(`${server.widgets}/same`, body);
      expect(put.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
    });

    it('raise their generation for spec only', async () => {
      await server.post(server.widgets, widget('generation'));
      const path = `${server.widgets}/generation`;
      const labels = await server.patch(path, MERGE, { metadata: { labels: { x: 'y' }, generation: 77 } });
      const spec = await server.patch(path, MERGE, { spec: { size: 5 } });
      expect([labels.body.metadata.generation, spec.body.metadata.generation]).toEqual([1, 2]);
    });

    it('cannot be renamed', async () => {
      await server.post(server.widgets, widget('named'));
      const { status, body } = await server.patch(`${server.widgets}/named`, MERGE, {
        metadata: { name: 'other' },
      });
      expect([status, body.message]).toEqual([
        400,
        'the name of the object (other) does not match the name on the URL (named)',
      ]);
    });
  });

  describe('with a status subresource', () => {
    it('change their status only through it, and nothing else', async () => {
      await server.post(server.widgets, widget('reported'));
      const path = `${server.widgets}/reported`;
      const main = await server.patch(path, MERGE, { status: { phase: 'Hacked' } });
      const status = await server.patch(`${path}/status`, MERGE, {
        status: { phase: 'Ready' },
        spec: { size: 99 },
      });
      expect(main.body.status).toBeUndefined();
      expect(status.body).toMatchObject({
        metadata: { generation: 1 },
        spec: { size: 3 },
        status: { phase: 'Ready' },
      });
    });

    it('scale through the scale subresource', async () => {
      await server.post(server.widgets, widget('scaled'));
      const path = `${server.widgets}/scaled/scale`;
      const { body } = await server.patch(path, MERGE, { spec: { replicas: 4 } });
      const negative = await server.patch(path, MERGE, { spec: { replicas: -1 } });
      expect(body).toMatchObject({ apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 4 } });
      expect([negative.status, negative.body.details.causes[0].message]).toEqual([
        422,
        'Invalid value: -1: should be a non-negative integer',
      ]);
      expect((await server.get(`${server.widgets}/scaled`)).body.spec.replicas).toBe(4);
    });
  });

  it('of the kind Secret turn stringData into data', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { password: 'w' },
    };
    const { body } = await server.post(`/api/v1/namespaces/${server.namespace}/secrets`, secret);
    expect([body.data, body.stringData, body.type]).toEqual([{ password: 'dw==' }, undefined, 'Opaque']);
  });

  it('of the kind ConfigMap keep their data once immutable', async () => {
    await server.post(server.configMaps, { ...configMap('fixed', { a: '1' }), immutable: true });
    const { status, body } = await server.patch(`${server.configMaps}/fixed`, MERGE, { data: { a: '2' } });
    expect([status, body.details.causes[0].field]).toEqual([422, 'data']);
  });
});
