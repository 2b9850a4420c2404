import assert from 'node:assert/strict';
import { API_GROUP, API_VERSION, CRDS, TINY_NODE, type TinyNode, findCondition } from '@tinysystems/api';
import { ApiError, type KubeObject, resourceType } from '@tinysystems/kubernetes';
import { type TestCluster, eventually } from '@tinysystems/testing';
import type { Fault, Measures, Scale } from './fault.ts';
import { MALFORMED, randomSpec } from './malformed-specs.ts';
import { WORKERS, Wire } from './wire.ts';
import { WireLoad, balance, demandNoneFailed } from './wire-load.ts';

const NAMES = 40;
const WRITERS = 16;
/** On a machine that other suites share. */
const SETTLED_MS = 60_000;
const CRD = resourceType<KubeObject & { readonly spec: unknown }>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
});

export const malformed: Fault = {
  id: 'T20',
  title:
    'TinyNodes are malformed, and nobody checks them on their way: wrong types, null, 1 MB, 10,000 edges, random specs',
  target:
    'the API server refuses what it can; of the rest each has a condition with a reason; neighbours go on; no process ends',
  async run(scale) {
    const { wire, doors, workers } = await Wire.start({ workers: 1 });
    await using _ = wire;
    const { cluster } = wire.replicas;
    const load = new WireLoad({
      doors: () => doors,
      port: 'once',
      holdMs: 1,
      atOnce: 4,
      pauseMs: 20,
      calls: 20,
    });
    await using _load = load;
    const refused = await demandRefusals(cluster);
    await stopChecking(cluster);
    const cases = await demandConditions(cluster);
    const fuzz = await fuzzSpecs(scale, cluster);
    for (const replica of [...doors, ...workers]) {
      assert.equal((await replica.probe('readyz')).code, 200, replica.podName);
      assert.equal(replica.lines.filter(({ msg }) => msg.startsWith('nobody caught')).length, 0);
    }
    await load.more(100);
    await load[Symbol.asyncDispose]();
    const neighbours = balance(load.outcomes, await wire.began());
    demandNoneFailed(neighbours, 'calls between neighbours failed', wire);
    return {
      refused,
      cases,
      ...fuzz,
      neighbourCalls: neighbours.calls,
      neighbourFailed: 0,
      processesEnded: 0,
    };
  },
};

/** With its CRD the API server lets nothing through that has not its shape. */
async function demandRefusals(cluster: TestCluster): Promise<number> {
  const wrong = MALFORMED.filter(({ isAllowed = false }) => !isAllowed);
  for (const { what, spec } of wrong) await assert.rejects(create(cluster, 'refused', spec), isInvalid, what);
  return wrong.length;
}

function isInvalid(error: unknown): boolean {
  // With the owner of each of 10,000 edges an object is larger than etcd takes.
  return ApiError.is(error) && (error.code === 422 || error.message.includes('request is too large'));
}

/** As a CRD of before there were schemas: whatever is written comes out of the watch. */
async function stopChecking(cluster: TestCluster): Promise<void> {
  const crd = structuredClone(CRDS.find(({ metadata }) => metadata.name.startsWith(`${TINY_NODE.plural}.`)));
  const { versions } = crd?.spec as { readonly versions: { schema: unknown }[] };
  for (const version of versions)
    version.schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await cluster.client.resource(CRD).apply(crd as never, { fieldManager: 'test', force: true });
  await eventually(async () => {
    const { metadata } = await create(cluster, 'unchecked', []);
    await cluster.nodes.delete(metadata.name ?? '');
  });
}

async function demandConditions(cluster: TestCluster): Promise<number> {
  for (const [index, { spec }] of MALFORMED.entries()) await create(cluster, `bad-${index}`, spec);
  for (const [index, { what, reason }] of MALFORMED.entries())
    await eventually(
      async () => {
        const { metadata, status } = await cluster.nodes.get(`bad-${index}`);
        const ready = findCondition(status?.conditions, 'Ready');
        assert.deepEqual(
          [ready?.status, ready?.reason],
          reason === undefined ? ['True', 'Ready'] : ['False', reason],
          what,
        );
        assert.equal(ready?.observedGeneration, metadata.generation, what);
        assert.ok((ready?.message ?? '').length > 0, what);
      },
      { timeoutMs: SETTLED_MS, intervalMs: 50 },
    );
  return MALFORMED.length;
}

/** Specs of random parts, over and over; at last good ones, which every node recovers with. */
async function fuzzSpecs(scale: Scale, cluster: TestCluster): Promise<Measures> {
  const count = scale.of(400, 100_000);
  for (let name = 0; name < NAMES; name += 1) await create(cluster, `fuzz-${name}`, randomSpec(scale.random));
  let left = count;
  const write = async (writer: number) => {
    for (let turn = writer; left-- > 0; turn += WRITERS) {
      const path = [{ op: 'add', path: '/spec', value: randomSpec(scale.random) }] as const;
      await cluster.nodes.patch(`fuzz-${turn % NAMES}`, path);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  const settled = async (name: string, status: string | undefined) => {
    const node = await cluster.nodes.get(name);
    const ready = findCondition(node.status?.conditions, 'Ready');
    assert.equal(
      ready?.observedGeneration,
      node.metadata.generation,
      `${name}: ${JSON.stringify(node.spec)}`,
    );
    if (status !== undefined) assert.equal(ready?.status, status, ready?.message);
  };
  const names = Array.from({ length: NAMES }, (_, name) => `fuzz-${name}`);
  const good = { module: WORKERS, component: 'worker' };
  for (const name of names)
    await cluster.nodes.patch(name, [{ op: 'add', path: '/spec', value: good }] as never);
  for (const name of names)
    await eventually(() => settled(name, 'True'), { timeoutMs: SETTLED_MS, intervalMs: 50 });
  return { fuzzed: count, recovered: NAMES };
}

function create(cluster: TestCluster, name: string, spec: unknown): Promise<TinyNode> {
  return cluster.nodes.create({
    apiVersion: `${API_GROUP}/${API_VERSION}`,
    kind: 'TinyNode',
    metadata: { name },
    spec,
  } as TinyNode);
}
