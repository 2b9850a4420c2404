import { APPLY, MERGE, openBackend, type Backend } from './backend.ts';
import { defineKind } from './define-kind.ts';
import { CERTIFICATE, definition, GUARDED, MONITOR, WORKFLOW } from './foreign-kinds.ts';
import { needs } from './needs.ts';
import { CRDS } from './widget.ts';

const GROUP = 'foreign.example.com';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('kinds of other projects', () => {
  let server: Backend;

  beforeAll(async () => {
    server = await openBackend();
    for (const crd of [CERTIFICATE, MONITOR, WORKFLOW, GUARDED]) await defineKind(server, crd);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const path = (plural: string): string => `/apis/${GROUP}/v1/namespaces/${server.namespace}/${plural}`;
  const object = (kind: string, name: string, spec: object): object => {
    return { apiVersion: `${GROUP}/v1`, kind, metadata: { name }, spec };
  };
  const create = (kind: string, name: string, spec: object): Promise<any> =>
    server.post(path(`${kind.toLowerCase()}s`), object(kind, name, spec));
  const problems = async (kind: string, spec: object): Promise<string[]> => {
    const { body } = await server.post(
      `${path(`${kind.toLowerCase()}s`)}?dryRun=All`,
      object(kind, 'bad', spec),
    );
    return (body.details?.causes ?? []).map((cause: any) => `${cause.field}: ${cause.message}`).toSorted();
  };
  const certificate = { secretName: 's', issuerRef: { name: 'ca' } };

  describe('like certificates', () => {
    it('have defaults in objects that are defaults themselves', async () => {
      const { body } = await create('Certificate', 'defaulted', certificate);
      expect(body.spec).toEqual({
        ...certificate,
        issuerRef: { name: 'ca', kind: 'Issuer' },
        privateKey: { algorithm: 'RSA' },
      });
    });

    it('show the status of one condition in a column, and of a list the first item', async () => {
      await create('Certificate', 'shown', { ...certificate, dnsNames: ['a', 'b'] });
      const conditions = [
        { type: 'Issuing', status: 'False' },
        { type: 'Ready', status: 'True' },
      ];
      await server.patch(`${path('certificates')}/shown/status`, MERGE, { status: { conditions } });
      const { body } = await server.get(`${path('certificates')}/shown`, { accept: TABLE });
      expect(body.rows[0].cells.slice(0, 4)).toEqual(['shown', 'True', 's', 'a']);
    });

    needs('selectableFields')(
      'are selected by a field that was declared selectable, and by no other',
      async () => {
        await create('Certificate', 'selected', { ...certificate, issuerRef: { name: 'other' } });
        const { body } = await server.get(
          `${path('certificates')}?fieldSelector=spec.issuerRef.name%3Dother`,
        );
        const other = await server.get(`${path('certificates')}?fieldSelector=spec.secretName%3Ds`);
        expect(body.items.map(({ metadata }: any) => metadata.name)).toEqual(['selected']);
        expect([other.status, other.body.message]).toEqual([
          400,
          'field label not supported: spec.secretName',
        ]);
      },
    );

    it('say which of several choices were made', async () => {
      expect(await problems('Certificate', { ...certificate, keystores: {} })).toEqual([
        '<nil>: Invalid value: "": "spec.keystores" must validate one and only one schema (oneOf). Found none valid',
        'spec.keystores.jks: Required value',
      ]);
      expect(await problems('Certificate', { ...certificate, keystores: { jks: {}, pkcs12: {} } })).toEqual([
        '<nil>: Invalid value: "": "spec.keystores" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ]);
    });

    it('say what every alternative that must hold wants, and what must not', async () => {
      expect(await problems('Certificate', { ...certificate, secretTemplate: {} })).toEqual([
        '<nil>: Invalid value: "": "spec.secretTemplate" must validate all the schemas (allOf)',
        'spec.secretTemplate.labels: Required value',
      ]);
      const secretTemplate = { labels: {}, forbidden: true };
      expect(await problems('Certificate', { ...certificate, secretTemplate })).toEqual([
        '<nil>: Invalid value: "": "spec.secretTemplate" must not validate the schema (not)',
      ]);
    });

    it('check multiples and formats', async () => {
      const spec = { ...certificate, privateKey: { size: 300 }, subject: { email: 'nobody' } };
      expect(await problems('Certificate', spec)).toEqual([
        'spec.privateKey.size: Invalid value: 300: spec.privateKey.size in body should be a multiple of 256',
        'spec.subject.email: Invalid value: "nobody": spec.subject.email in body must be of type email: "nobody"',
      ]);
    });

    needs('presentWording')('check enumerations inside lists', async () => {
      expect(await problems('Certificate', { ...certificate, usages: ['signing', 'sewing'] })).toEqual([
        'spec.usages[1]: Unsupported value: "sewing": supported values: "signing", "digital signature", "server auth"',
      ]);
    });

    it('let conditions be applied by several managers, each its own', async () => {
      await create('Certificate', 'shared', certificate);
      const apply = (manager: string, type: string): Promise<any> =>
        server.patch(`${path('certificates')}/shared/status?fieldManager=${manager}`, APPLY, {
          apiVersion: `${GROUP}/v1`,
          kind: 'Certificate',
          metadata: { name: 'shared' },
          status: { conditions: [{ type, status: 'True' }] },
        });
      await apply('one', 'Ready');
      const { body } = await apply('two', 'Issuing');
      expect(body.status.conditions.map(({ type }: any) => type)).toEqual(['Ready', 'Issuing']);
    });
  });

  describe('like monitors', () => {
    it('take a number and a text for an amount, and no other text', async () => {
      expect((await create('Monitor', 'number', { retentionSize: 5 })).body.spec.retentionSize).toBe(5);
      expect((await create('Monitor', 'text', { retentionSize: '5Gi' })).body.spec.retentionSize).toBe('5Gi');
      const [problem] = await problems('Monitor', { retentionSize: 'much' });
      expect(problem).toContain(
        'spec.retentionSize: Invalid value: "much": spec.retentionSize in body should match',
      );
    });

    it('fill in defaults of list items inside list items, and keep an allowed null', async () => {
      const { body } = await create('Monitor', 'nested', {
        endpoints: [{ port: 'web', relabelings: [{ separator: null }, { action: 'drop' }] }],
      });
      expect(body.spec.endpoints).toEqual([
        {
          port: 'web',
          scheme: 'http',
          relabelings: [{ action: 'replace', separator: null }, { action: 'drop' }],
        },
      ]);
    });

    needs('presentWording')('tell items apart by all their keys, defaults included', async () => {
      expect(
        await problems('Monitor', { endpoints: [{ port: 'a' }, { port: 'a', scheme: 'https' }] }),
      ).toEqual([]);
      expect(
        await problems('Monitor', { endpoints: [{ port: 'a' }, { port: 'a', scheme: 'http' }] }),
      ).toEqual(['spec.endpoints[1]: Duplicate value: {"port":"a","scheme":"http"}']);
    });

    it('hold whole objects', async () => {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { anything: 1 } };
      expect((await create('Monitor', 'holds', { podTemplate: pod })).body.spec.podTemplate).toEqual(pod);
    });

    needs('presentWording')('hold whole objects only with their kind', async () => {
      expect(await problems('Monitor', { podTemplate: { apiVersion: '', spec: {} } })).toEqual([
        'spec.podTemplate.apiVersion: Invalid value: "": must not be empty',
        'spec.podTemplate.kind: Required value',
      ]);
    });
  });

  describe('like workflows', () => {
    it('keep whatever they are given, and give it to one applier as a whole', async () => {
      const apply = (manager: string, spec: object): Promise<any> =>
        server.patch(
          `${path('workflows')}/free?fieldManager=${manager}`,
          APPLY,
          object('Workflow', 'free', spec),
        );
      const spec = { templates: [{ name: 'a', steps: [[{ template: 'b' }]] }], entrypoint: 'a' };
      expect((await apply('one', spec)).body.spec).toEqual(spec);
      const { status, body } = await apply('two', { other: true });
      expect([status, body.details.causes]).toEqual([
        409,
        [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec' }],
      ]);
    });
  });

  describe('with rules', () => {
    const spec = { min: 1, max: 2 };

    needs('cel')('put the problem at the path of the rule, for its reason, in its words', async () => {
      const { body } = await server.post(
        `${path('guardeds')}?dryRun=All`,
        object('Guarded', 'g', { min: 12, max: 2 }),
      );
      expect(body.details.causes).toEqual([
        { reason: 'FieldValueForbidden', message: 'Forbidden: min is large', field: 'spec.min' },
      ]);
    });

    needs('cel')('look at each item of a list, with the functions of Kubernetes', async () => {
      expect(await problems('Guarded', { ...spec, networks: ['10.0.0.0/8', 'home'], memory: '3Gi' })).toEqual(
        [
          'spec.memory: Invalid value: "3Gi": failed rule: quantity(self).isLessThan(quantity(\'2Gi\'))',
          'spec.networks[1]: Invalid value: "home": must be a range of addresses',
        ],
      );
    });

    needs('cel')('see that there was no old value, when they ask', async () => {
      expect(await problems('Guarded', { ...spec, once: 'forbidden' })).toEqual([
        'spec.once: Invalid value: "forbidden": set once and well',
      ]);
      await create('Guarded', 'once', { ...spec, once: 'a' });
      const { body } = await server.patch(`${path('guardeds')}/once`, MERGE, { spec: { once: 'b' } });
      expect(body.details.causes[0].message).toBe('Invalid value: "b": set once and well');
    });

    needs('cel')('compare whole objects across an update', async () => {
      await create('Guarded', 'owned', { ...spec, owner: 'me' });
      const { body } = await server.patch(`${path('guardeds')}/owned`, MERGE, { spec: { owner: null } });
      expect(body.details.causes[0]).toMatchObject({
        field: 'spec',
        message: 'Invalid value: owner cannot be taken away',
      });
    });

    const refused = async (rule: object, properties: object = {}): Promise<[number, any]> => {
      const spec = {
        type: 'object',
        properties: { n: { type: 'integer' }, ...properties },
        'x-kubernetes-validations': [rule],
      };
      const { status, body } = await server.post(`${CRDS}?dryRun=All`, definition({ kind: 'Refused', spec }));
      return [status, body.details?.causes?.map((cause: any) => `${cause.field}: ${cause.message}`) ?? []];
    };
    const AT = 'spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0]';
    const shown = (rule: string): string =>
      `{"Rule":${JSON.stringify(rule).replaceAll('>', '\\u003e')},"Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}`;

    needs('cel').each([
      [
        'self.n > "a"',
        "ERROR: <input>:1:8: found no matching overload for '_>_' applied to '(int, string)'",
        7,
      ],
      ['self.nosuch > 1', "ERROR: <input>:1:5: undefined field 'nosuch'", 4],
      ['nosuch > 1', "ERROR: <input>:1:1: undeclared reference to 'nosuch' (in container '')", 0],
    ])('are refused when they do not compile: %s', async (rule, text, column) => {
      expect(await refused({ rule })).toEqual([
        422,
        [
          `${AT}.rule: Invalid value: ${shown(rule)}: compilation failed: ${text}\n | ${rule}\n | ${'.'.repeat(column)}^`,
        ],
      ]);
    });

    needs('cel')('are refused when they come to no boolean', async () => {
      expect(await refused({ rule: 'self.n' })).toEqual([
        422,
        [`${AT}.rule: Invalid value: ${shown('self.n')}: cel expression must evaluate to a bool`],
      ]);
    });

    needs('cel')('are refused when they may cost too much, and not when lists are bounded', async () => {
      const rule = { rule: 'self.items.all(a, self.items.exists(b, a == b))' };
      const [status, [problem]] = await refused(rule, {
        items: { type: 'array', items: { type: 'string' } },
      });
      const bounded = { type: 'array', maxItems: 20, items: { type: 'string', maxLength: 20 } };
      expect([status, problem]).toEqual([
        422,
        `${AT}.rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, ` +
          'or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)',
      ]);
      expect(await refused(rule, { items: bounded })).toEqual([201, []]);
    });

    needs('cel')('stop when they cost too much for one object', async () => {
      const items = { type: 'array', maxItems: 1000, items: { type: 'string', maxLength: 5 } };
      const rule = 'self.items.all(a, self.items.exists(b, a == b))';
      const spec = { type: 'object', properties: { items }, 'x-kubernetes-validations': [{ rule }] };
      await defineKind(server, definition({ kind: 'Costly', spec }));
      const many = Array.from({ length: 1000 }, (_, index) => String(index));
      expect(await problems('Costly', { items: many.slice(0, 50) })).toEqual([]);
      expect(await problems('Costly', { items: many })).toEqual([
        expect.stringContaining(
          `no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`,
        ),
      ]);
    });

    needs('cel')('are refused when they want the old value where none can be found', async () => {
      const item = { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] };
      const [status, problems] = await refused(
        { rule: 'true' },
        { items: { type: 'array', maxItems: 3, items: item } },
      );
      expect([status, problems]).toEqual([
        422,
        [
          expect.stringContaining(
            'oldSelf cannot be used on the uncorrelatable portion of the schema within',
          ),
        ],
      ]);
    });
  });
});
