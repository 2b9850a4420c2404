import { MERGE, openBackend, type Backend } from './backend.ts';
import { defineKind } from './define-kind.ts';
import { needs } from './needs.ts';
import { CRDS, GROUP, SOCKET_CRD, SOCKET_GROUP, widget } from './widget.ts';

const SKIPPED =
  'Invalid value: null: some validation rules were not checked because the object was invalid; ' +
  'correct the existing errors to complete validation';

describe('schemas', () => {
  let server: Backend;
  beforeAll(async () => (server = await openBackend()));
  afterAll(() => server[Symbol.asyncDispose]());

  const create = (spec: object, query = ''): Promise<any> =>
    server.post(`${server.widgets}?dryRun=All&${query}`, widget('w', spec));
  /** Why a Widget with this spec is refused. */
  const refusalOf = async (spec: object): Promise<string> => {
    const { status, body } = await create(spec);
    expect([status, body.message]).toEqual([
      422,
      expect.stringMatching(/^Widget\.probe\.example\.com "w" is invalid: /),
    ]);
    return body.message.replace(/^.* is invalid: /, '');
  };

  const REFUSED = [
    ['a missing field', {}, 'spec.size', 'FieldValueRequired Required value'],
    [
      'a wrong type',
      { size: 'three' },
      'spec.size',
      'FieldValueTypeInvalid Invalid value: "string": spec.size in body must be of type integer: "string"',
    ],
    [
      'a value outside an enum',
      { size: 3, color: 'mauve' },
      'spec.color',
      'FieldValueNotSupported Unsupported value: "mauve": supported values: "red", "green", "blue"',
    ],
    [
      'a long string',
      { size: 3, code: 'AB12345678' },
      'spec.code',
      'FieldValueTooLong Too long: may not be more than 6 bytes',
    ],
    [
      'a long list',
      { size: 3, tags: ['a', 'b', 'c', 'd', 'e'] },
      'spec.tags',
      'FieldValueTooMany Too many: 5: must have at most 4 items',
    ],
    [
      'a wrong format',
      { size: 3, when: 'yesterday' },
      'spec.when',
      'FieldValueTypeInvalid Invalid value: "yesterday": spec.when in body must be of type date-time: "yesterday"',
    ],
  ] as const;

  it.each(REFUSED)('refuse %s', async (_what, spec, field) => {
    const { status, body } = await create(spec);
    expect([status, body.reason, body.details.kind]).toEqual([422, 'Invalid', 'Widget']);
    expect(body.details.causes.map((cause: any) => cause.field)).toContain(field);
  });

  needs('cel').each(REFUSED)('refuse %s and skip the rules', async (_what, spec, field, text) => {
    const [reason, message] = [text.slice(0, text.indexOf(' ')), text.slice(text.indexOf(' ') + 1)];
    const { status, body } = await create(spec);
    expect([status, body.reason, body.details.kind]).toEqual([422, 'Invalid', 'Widget']);
    expect(body.details.causes.toSorted((a: any, b: any) => (a.field < b.field ? 1 : -1))).toEqual([
      { reason, message, field },
      { reason: 'FieldValueInvalid', message: SKIPPED, field: '<nil>' },
    ]);
  });

  it.each([
    [
      'a number above the maximum',
      { size: 101 },
      'spec.size: Invalid value: 101: spec.size in body should be less than or equal to 100',
    ],
    [
      'a number below the minimum',
      { size: 0 },
      'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
    ],
    [
      'a string that does not match',
      { size: 3, code: 'ab1' },
      'spec.code: Invalid value: "ab1": spec.code in body should match \'^[A-Z]{2}[0-9]+$\'',
    ],
    ['the same item twice in a set', { size: 3, tags: ['a', 'a'] }, 'spec.tags[1]: Duplicate value: "a"'],
  ])('refuse %s', async (_what, spec, message) => {
    expect(await refusalOf(spec)).toBe(message);
  });

  needs('presentWording')('refuse the same key twice in a map', async () => {
    const message = 'spec.ports[1]: Duplicate value: {"name":"p"}';
    expect(await refusalOf({ size: 3, ports: [{ name: 'p' }, { name: 'p', port: 2 }] })).toBe(message);
  });

  needs('cel')('refuse what a rule forbids', async () => {
    const message = 'spec: Invalid value: size must be at least minSize';
    expect(await refusalOf({ size: 3, minSize: 9 })).toBe(message);
  });

  it('take an integer or a string, and nothing else, where both are allowed', async () => {
    await defineKind(server, SOCKET_CRD);
    const refusal = async (port: unknown): Promise<unknown> => {
      const socket = { apiVersion: `${SOCKET_GROUP}/v1`, kind: 'Socket', metadata: { name: 's' }, port };
      const { body } = await server.post(
        `${server.widgets.replace(GROUP, SOCKET_GROUP).replace('widgets', 'sockets')}?dryRun=All`,
        socket,
      );
      return body.details?.causes[0].message;
    };
    expect([await refusal(80), await refusal('http')]).toEqual([undefined, undefined]);
    expect(await refusal(true)).toBe(
      'Invalid value: "boolean": port in body must be of type integer,string: "boolean"',
    );
  });

  it('fill in defaults inside list items', async () => {
    const { body } = await create({ size: 3, ports: [{ name: 'p' }] });
    expect(body.spec.ports).toEqual([{ name: 'p', protocol: 'TCP' }]);
  });

  it('take a null for an absent value where none is allowed', async () => {
    const { body } = await create({ size: 3, code: null, color: null, when: null });
    expect(body.spec).toEqual({ size: 3, color: 'red', when: null, replicas: 1 });
  });

  it('drop unknown fields, and keep them where the schema says so', async () => {
    const { body } = await create({ size: 3, bogus: 1, raw: { keep: { me: 1 } } });
    expect([body.spec.bogus, body.spec.raw]).toEqual([undefined, { keep: { me: 1 } }]);
  });

  needs('fieldValidation')('warn of unknown fields', async () => {
    const { headers } = await create({ size: 3, bogus: 1 });
    expect(headers.warning).toBe('299 - "unknown field \\"spec.bogus\\""');
  });

  needs('fieldValidation')('refuse unknown and repeated fields under strict validation', async () => {
    const unknown = await create(
      { size: 3, bogus: 1, ports: [{ name: 'p', nope: 1 }] },
      'fieldValidation=Strict',
    );
    expect(unknown.body.message).toBe(
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.bogus", unknown field "spec.ports[0].nope"',
    );
    const text = `{"apiVersion":"${GROUP}/v1","kind":"Widget","metadata":{"name":"u"},"spec":{"size":3,"size":4}}`;
    const repeated = await server.post(`${server.widgets}?dryRun=All&fieldValidation=Strict`, text);
    expect(repeated.body.message).toContain('strict decoding error: duplicate field "spec.size"');
  });

  needs('fieldValidation')('are silent about unknown fields when told to ignore them', async () => {
    const { status, headers } = await create({ size: 3, bogus: 1 }, 'fieldValidation=Ignore');
    expect([status, headers.warning]).toEqual([201, undefined]);
  });

  needs('cel')('compare with the old value in transition rules', async () => {
    await server.post(server.widgets, widget('moving', { size: 6, immutable: 'x', frozen: true }));
    const changed = await server.patch(`${server.widgets}/moving`, MERGE, { spec: { immutable: 'y' } });
    const frozen = await server.patch(`${server.widgets}/moving`, MERGE, { spec: { size: 21 } });
    expect(changed.body.details.causes).toEqual([
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: "y": immutable is immutable',
        field: 'spec.immutable',
      },
    ]);
    expect(frozen.body.details.causes[0].message).toBe('Invalid value: size is frozen: yes');
  });

  describe('of a new kind', () => {
    const gadget = (spec: object): any => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `gadgets.${GROUP}` },
      spec: {
        group: GROUP,
        scope: 'Cluster',
        names: { plural: 'gadgets', kind: 'Gadget' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
          },
        ],
      },
    });
    const field = async (crd: object): Promise<string> => {
      const { body } = await server.post(`${CRDS}?dryRun=All`, crd);
      return body.details.causes[0].field;
    };
    const note = { note: { type: 'string' } };
    const path = 'spec.validation.openAPIV3Schema.properties[spec]';

    it('must name every type', async () => {
      expect(await field(gadget({ properties: note }))).toBe(`${path}.type`);
    });

    it('must have defaults of their own type', async () => {
      expect(
        await field(gadget({ type: 'object', properties: { note: { type: 'string', default: 5 } } })),
      ).toBe(`${path}.properties[note].default`);
    });

    needs('cel')('must have rules that compile and use known fields', async () => {
      const rule = (text: string): object => ({
        type: 'object',
        properties: note,
        'x-kubernetes-validations': [{ rule: text }],
      });
      expect(await field(gadget(rule('self.nosuch > 1')))).toBe(`${path}.x-kubernetes-validations[0].rule`);
      expect(await field(gadget(rule('self.note ==')))).toBe(`${path}.x-kubernetes-validations[0].rule`);
    });

    it('must be called by plural and group', async () => {
      expect(
        await field({
          ...gadget({ type: 'object', properties: note }),
          metadata: { name: `wrong.${GROUP}` },
        }),
      ).toBe('metadata.name');
    });
  });
});
