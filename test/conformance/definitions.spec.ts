import { openBackend, type Backend } from './backend.ts';
import { defineKind } from './define-kind.ts';
import { definition } from './foreign-kinds.ts';
import { needs } from './needs.ts';
import { CRDS } from './widget.ts';

const GROUP = 'definitions.example.com';

describe('CustomResourceDefinitions', () => {
  let server: Backend;
  beforeAll(async () => (server = await openBackend()));
  afterAll(async () => {
    // The server may be tested again.
    const { body } = await server.get(CRDS);
    const made = body.items.filter(({ spec }: any) => spec.group === GROUP);
    for (const { metadata } of made) await server.delete(`${CRDS}/${metadata.name}`);
    for (const { metadata } of made) await server.gone(`${CRDS}/${metadata.name}`);
    await server[Symbol.asyncDispose]();
  });

  const crd = (kind: string, version: object = {}, spec: object = {}): any => {
    const made = definition({
      kind,
      group: GROUP,
      spec: { type: 'object', properties: { size: { type: 'integer' } } },
      version,
    });
    return { ...made, spec: { ...made.spec, ...spec } };
  };
  const problems = async (body: object): Promise<string[]> => {
    const answer = await server.post(`${CRDS}?dryRun=All`, body);
    return (answer.body.details?.causes ?? []).map((cause: any) => `${cause.field}: ${cause.message}`);
  };
  /** The definition as soon as it is as wanted. */
  const settled = async (name: string, isSettled: (crd: any) => boolean): Promise<any> => {
    using watch = await server.watch(`${CRDS}?watch=true&fieldSelector=metadata.name%3D${name}`);
    for (let count = 1; ; count += 1) {
      const { object } = (await watch.first(count)).at(-1);
      if (isSettled(object)) return object;
    }
  };
  const condition = (object: any, type: string): any =>
    object.status.conditions?.find((item: any) => item.type === type);

  it('are accepted first and established a moment later', async () => {
    const { status, body } = await server.post(CRDS, crd('Fresh'));
    expect([status, body.metadata.finalizers, body.status]).toEqual([
      201,
      undefined,
      { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] },
    ]);
    const later = await settled(
      `freshs.${GROUP}`,
      (object) => condition(object, 'Established')?.status === 'True',
    );
    expect(condition(later, 'Established')).toMatchObject({ reason: 'InitialNamesAccepted' });
    expect(later.status.acceptedNames).toEqual({
      plural: 'freshs',
      singular: 'fresh',
      kind: 'Fresh',
      listKind: 'FreshList',
    });
    expect(later.metadata.finalizers).toBe(undefined);
  });

  it('are not served when another kind has one of their names', async () => {
    await defineKind(server, crd('Taken'));
    const names = { plural: 'others', singular: 'other', kind: 'Taken', listKind: 'OtherList' };
    await server.post(CRDS, { ...crd('Other', {}, { names }), metadata: { name: `others.${GROUP}` } });
    const other = await settled(
      `others.${GROUP}`,
      (object) => condition(object, 'NamesAccepted') !== undefined,
    );
    expect(condition(other, 'NamesAccepted')).toMatchObject({
      status: 'False',
      reason: 'KindConflict',
      message: '"Taken" is already in use',
    });
    expect((await server.get(`/apis/${GROUP}/v1/others`)).status).toBe(404);
  });

  it('say that their objects will be deleted, and take them along', async () => {
    await defineKind(server, crd('Doomed'));
    const path = `/apis/${GROUP}/v1/namespaces/${server.namespace}/doomeds`;
    await server.post(path, { apiVersion: `${GROUP}/v1`, kind: 'Doomed', metadata: { name: 'd' } });
    const { body } = await server.delete(`${CRDS}/doomeds.${GROUP}`);
    expect(body.metadata).toMatchObject({
      generation: 1,
      finalizers: ['customresourcecleanup.apiextensions.k8s.io'],
    });
    expect(body.status.conditions.at(-1)).toMatchObject({
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
    });
    await server.gone(`${CRDS}/doomeds.${GROUP}`);
    expect((await server.get(path)).status).toBe(404);
  });

  it('warn of versions that are deprecated', async () => {
    await defineKind(server, crd('Old', { deprecated: true }));
    const path = `/apis/${GROUP}/v1/namespaces/${server.namespace}/olds`;
    expect((await server.get(path)).headers.warning).toBe(`299 - "${GROUP}/v1 Old is deprecated"`);
  });

  it.each<[string, object, object, string[]]>([
    [
      'a column of an unknown type',
      { additionalPrinterColumns: [{ name: 'Size', type: 'number-ish', jsonPath: '.spec.size' }] },
      {},
      [
        'spec.additionalPrinterColumns[0].type: Invalid value: "number-ish": must be one of boolean,date,integer,number,string',
      ],
    ],
    [
      'a column whose path does not begin with a dot',
      { additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: 'spec.size' }] },
      {},
      [
        'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec.size": must be a simple json path starting with .',
      ],
    ],
    [
      'replicas that are not in the spec',
      {
        subresources: {
          scale: { specReplicasPath: '.other.replicas', statusReplicasPath: '.status.replicas' },
        },
      },
      {},
      [
        'spec.subresources.scale.specReplicasPath: Invalid value: ".other.replicas": should be a json path under .spec',
      ],
    ],
    [
      'a list kind that is the kind',
      {},
      { names: { plural: 'bads', kind: 'Bad', listKind: 'Bad' } },
      ['spec.names.listKind: Invalid value: "Bad": kind and listKind may not be the same'],
    ],
    [
      'a warning without a deprecation',
      { deprecationWarning: 'soon' },
      {},
      ['spec.versions[0].deprecationWarning: Invalid value: "soon": can only be set for deprecated versions'],
    ],
  ])('are refused for %s', async (_what, version, spec, expected) => {
    expect(await problems(crd('Bad', version, spec))).toEqual(expected);
  });

  needs('presentWording')('are refused for no storage version', async () => {
    expect(await problems(crd('Bad', { storage: false }))).toEqual([
      'spec.versions: Invalid value: [{"Name":"v1","Served":true,"Storage":false,"Deprecated":false,"DeprecationWarning":null,' +
        '"Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null}]: ' +
        'must have exactly one version marked as storage version',
      'status.storedVersions: Invalid value: null: must have at least one stored version',
    ]);
  });

  needs('selectableFields')('are refused for a selectable field that is not there', async () => {
    expect(await problems(crd('Bad', { selectableFields: [{ jsonPath: '.spec.nosuch' }] }))).toEqual([
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec.nosuch": is an invalid path: does not refer to a valid field',
    ]);
  });

  it('are refused for alternatives that give a shape, and for items that must be unique', async () => {
    const spec = {
      type: 'object',
      properties: {
        a: { type: 'string', anyOf: [{ type: 'string', default: 'x' }, { pattern: 'a' }] },
        b: { type: 'array', uniqueItems: true, items: { type: 'string' } },
        c: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        d: { 'x-kubernetes-int-or-string': true, oneOf: [{ type: 'integer' }, { pattern: 'd' }] },
        e: { type: 'object', not: { 'x-kubernetes-preserve-unknown-fields': true } },
      },
    };
    const at = 'spec.validation.openAPIV3Schema.properties[spec].properties';
    expect((await problems(definition({ kind: 'Shapeless', group: GROUP, spec }))).toSorted()).toEqual([
      `${at}[a].anyOf[0].default: Forbidden: must be undefined to be structural`,
      `${at}[a].anyOf[0].type: Forbidden: must be empty to be structural`,
      `${at}[b].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
      `${at}[d].oneOf[0].type: Forbidden: must be empty to be structural`,
      `${at}[e].not.x-kubernetes-preserve-unknown-fields: Forbidden: must be false to be structural`,
    ]);
  });

  it('need an approval for a group of Kubernetes itself', async () => {
    const spec = { type: 'object' };
    const made = definition({ kind: 'Guest', group: 'guests.k8s.io', spec });
    expect(await problems(made)).toEqual([
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation ' +
        '"api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ]);
    const annotations = { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/kubernetes/pull/1' };
    expect(await problems({ ...made, metadata: { ...made.metadata, annotations } })).toEqual([]);
  });
});
