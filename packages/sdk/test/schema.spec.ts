import { component, done, input, output, outputs, toJsonSchema, z } from '@tinysystems/sdk';

describe('toJsonSchema', () => {
  it('publishes what goes in, with our keywords, in the order of the declaration', () => {
    const schema = z.object({
      url: z.url().meta({ title: 'URL', configurable: true }),
      retries: z.int().default(3).meta({ tab: 'Advanced' }),
      key: z.string().optional().meta({ secret: true, format: 'password' }),
      answer: z.unknown().optional().meta({ shared: true }),
    });
    const published = toJsonSchema(schema, 'x');
    expect(Object.keys(published.properties ?? {})).toEqual(['url', 'retries', 'key', 'answer']);
    expect(published).toEqual({
      type: 'object',
      properties: {
        url: { type: 'string', format: 'uri', title: 'URL', configurable: true },
        retries: { type: 'integer', default: 3, tab: 'Advanced' },
        key: { type: 'string', secret: true, format: 'password' },
        answer: { shared: true },
      },
      required: ['url'],
    });
  });

  it('keeps bounds that say something', () => {
    expect(toJsonSchema(z.int().min(0).max(10), 'x')).toEqual({ type: 'integer', minimum: 0, maximum: 10 });
  });

  it('lifts no definitions out', () => {
    const point = z.object({ x: z.number() });
    expect(JSON.stringify(toJsonSchema(z.object({ a: point, b: point }), 'x'))).not.toContain('$');
  });

  it('refuses what would be published as a definition: a schema with an id, and one that contains itself', () => {
    const named = z.object({ x: z.number() }).meta({ id: 'Point' });
    const tree: z.ZodType = z.object({ branches: z.array(z.lazy(() => tree)) });
    for (const schema of [named, z.object({ a: z.array(named) })]) {
      expect(() => toJsonSchema(schema, 'component c, port p')).toThrow(
        'component c, port p: a schema with an id would be published as a definition',
      );
    }
    for (const schema of [tree, z.object({ a: tree }), z.json()]) {
      expect(() => toJsonSchema(schema, 'component c, port p')).toThrow(
        'component c, port p: a schema cannot contain itself',
      );
    }
  });

  it.each<[string, z.ZodType, string]>([
    ['refine', z.string().refine((text) => text !== 'x'), 'refine() has no JSON Schema'],
    ['superRefine', z.string().superRefine(() => undefined), 'refine() has no JSON Schema'],
    ['transform', z.string().transform(Number), 'pipe() has no JSON Schema'],
    ['pipe', z.string().pipe(z.string()), 'pipe() has no JSON Schema'],
    ['preprocess', z.preprocess(String, z.string()), 'pipe() has no JSON Schema'],
    ['coerce', z.coerce.number(), 'z.coerce has no JSON Schema'],
    ['a custom type', z.custom<string>(), 'custom() has no JSON Schema'],
    ['instanceof', z.instanceof(Date), 'custom() has no JSON Schema'],
    ['trim', z.string().trim(), 'trim(), has no JSON Schema'],
    ['catch', z.string().catch('x'), 'catch() has no JSON Schema'],
    ['a date', z.date(), 'Date'],
    ['a bigint', z.bigint(), 'BigInt'],
  ])('refuses %s, at any depth', (_case, schema, message) => {
    const nested = z.object({ list: z.array(z.union([z.null(), z.object({ inner: schema.optional() })])) });
    for (const each of [schema, nested, z.record(z.string(), schema), z.lazy(() => nested)]) {
      expect(() => toJsonSchema(each, 'component c, port p')).toThrow(message);
      expect(() => toJsonSchema(each, 'component c, port p')).toThrow(/^component c, port p: /);
    }
  });
});

describe('component()', () => {
  const base = { name: 'c', description: '', ports: {}, on: {} };

  it('refuses what cannot be published, at its declaration and with its place', () => {
    const refined = z.object({ n: z.number().refine(Boolean) });
    expect(() => component({ ...base, settings: refined })).toThrow('component c, settings: refine()');
    expect(() => component({ ...base, ports: { in: input(refined) }, on: { in: () => done } })).toThrow(
      'component c, port in: refine()',
    );
    expect(() => component({ ...base, ports: { out: output(z.string(), { reply: refined }) } })).toThrow(
      'component c, port out, reply: refine()',
    );
    expect(() => component({ ...base, control: { schema: refined } })).toThrow(
      'component c, control: refine()',
    );
  });

  it('refuses the same in the ports that default settings give it', () => {
    const declare = (routes: z.ZodType) =>
      component({
        ...base,
        settings: z.object({ routes: routes as z.ZodType<string[]> }),
        dynamicPorts: (settings) => outputs('out_', settings.routes, z.string().trim()),
      });
    expect(() => declare(z.array(z.string()).default(['a']))).toThrow('component c, port out_a: a change');
    // What the ports are is not known before there are settings.
    expect(() => declare(z.array(z.string())).ports({ routes: ['b'] })).toThrow(
      'component c, port out_b: a change',
    );
  });

  it('lets a component keep up to 900 000 bytes, and refuses more', () => {
    expect(component({ ...base, maxStateBytes: 900_000 }).maxStateBytes).toBe(900_000);
    for (const maxStateBytes of [900_001, 0, 1.5, Number.NaN]) {
      expect(() => component({ ...base, maxStateBytes })).toThrow(
        `component c: maxStateBytes is ${maxStateBytes}, but a state has 1 to 900000 bytes`,
      );
    }
  });

  it.each(['_mine', 'a:b', ''])('refuses the port name %j', (name) => {
    expect(() => component({ ...base, ports: { [name]: output(z.string()) } })).toThrow(
      'a port cannot be called',
    );
  });

  it('refuses what its error port would cover', () => {
    expect(() => component({ ...base, errorPort: true, ports: { error: output(z.string()) } })).toThrow(
      'errorPort adds the port error',
    );
    expect(() =>
      component({ ...base, errorPort: true, settings: z.object({ enableErrorPort: z.boolean() }) }),
    ).toThrow('errorPort adds the setting');
  });

  it('says where messages of its in ports go on and who answers, and refuses ports that are not there', () => {
    const ports = (emits: string) => ({
      in: input(z.string(), { emits: [emits], answers: 'passed' }),
      out: output(z.string()),
    });
    const on = { in: () => done };
    expect(component({ ...base, ports: ports('out'), on }).ports({})[0]).toMatchObject({
      emits: ['out'],
      answers: 'passed',
    });
    expect(() => component({ ...base, ports: ports('uot'), on })).toThrow(
      'port in: emits names uot, which is no out port of the component',
    );
  });

  it('describes its ports', () => {
    const described = component({
      ...base,
      errorPort: true,
      ports: {
        request_body: input(z.string()),
        out: output(z.string(), {
          label: 'Next',
          position: 'bottom',
          branches: 'settled',
          reply: z.number(),
        }),
      },
      on: { request_body: () => done },
    });
    expect(described.ports({})).toEqual([
      {
        name: 'request_body',
        label: 'Request body',
        position: 'left',
        direction: 'in',
        schema: { type: 'string' },
      },
      {
        name: 'out',
        label: 'Next',
        position: 'bottom',
        direction: 'out',
        branches: 'settled',
        schema: { type: 'string' },
        reply: { type: 'number' },
      },
    ]);
    expect(described.ports({ enableErrorPort: true }).map(({ name }) => name)).toEqual([
      'request_body',
      'out',
      'error',
    ]);
    expect(described.settings?.properties?.['enableErrorPort']).toMatchObject({
      type: 'boolean',
      default: false,
    });
  });
});
