import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Component, input, output, reply, statefulComponent, z } from '@tinysystems/sdk';
import { RunningModule, TestCluster, eventually } from '@tinysystems/testing';
import type { Fault } from './fault.ts';
import { GarblingProxy } from './garbling-proxy.ts';

const MODULE = 't21-module';
/** A message that is not answered by then waits for the new instance. */
const WAITS_MS = 100;

export const recreatedNode: Fault = {
  id: 'T21',
  title: 'a node is deleted and made again under its name, and both reach its module in one batch',
  target:
    'the old instance ends what it has in work and hears that it was deleted; a new one takes all that comes later, with settings of its own and without the state of the old one',
  async run(scale) {
    await using stack = new AsyncDisposableStack();
    const cluster = stack.use(await TestCluster.start());
    const proxy = stack.use(await GarblingProxy.start(cluster.controlPlane));
    const cells = new Cells();
    stack.use(await startModule(cluster, proxy, cells.components));
    await cluster.createNode('asks', {
      module: MODULE,
      component: 'asks',
      edges: [{ id: 'ask', port: 'out', to: 'cell', toPort: 'in' }],
    });
    await createCell(cluster, 0);
    await cluster.ready('asks', 'cell');
    const rounds = scale.of(5, 200);
    let slowestMs = 0;
    for (let round = 0; round < rounds; round += 1) {
      // The same spec every other time: then nothing but the uid tells the two apart.
      const revision = Math.floor((round + 1) / 2);
      slowestMs = Math.max(slowestMs, await recreate({ cluster, proxy, cells, revision }));
    }
    assert.equal(cells.made, rounds + 1, 'instances');
    return { rounds, slowestMs };
  },
};

interface Round {
  readonly cluster: TestCluster;
  readonly proxy: GarblingProxy;
  readonly cells: Cells;
  readonly revision: number;
}

/** @returns how long it took until the new instance answered, milliseconds. */
async function recreate({ cluster, proxy, cells, revision }: Round): Promise<number> {
  const old = cells.made;
  await cells.ask({ mark: true });
  const held = cells.ask({ hold: true });
  const late = cells.ask({ hold: true, mark: true }).catch((error: unknown) => error);
  await eventually(() => cells.held === 2);

  proxy.holdWatches();
  const before = await cluster.nodes.get('cell');
  await cluster.nodes.delete('cell');
  const after = await createCell(cluster, revision);
  assert.notEqual(after.metadata.uid, before.metadata.uid, 'the uid');
  const startedMs = performance.now();
  proxy.releaseWatches();

  const next = await eventually(async () => {
    const asked = cells.ask({});
    const isAnswered = await Promise.race([asked.then(() => true), waited()]);
    return !isAnswered && { asked };
  });
  assert.deepEqual(cells.deleted, [], 'an instance heard of its end before its messages had ended');
  cells.open();
  const { settings } = before.spec;
  assert.deepEqual(await held, { ...(settings as object), instance: old, mark: String(old) });
  return finish(await late, next.asked, { startedMs, cells, cluster, old, revision });
}

async function finish(
  late: unknown,
  asked: Promise<unknown>,
  { startedMs, cells, cluster, old, revision }: Omit<Round, 'proxy'> & { startedMs: number; old: number },
): Promise<number> {
  assert.equal((late as { code?: string }).code, 'STATE_UNAVAILABLE', 'a late write of the old instance');
  assert.deepEqual(await asked, { instance: old + 1, revision, mark: null });
  const tookMs = Math.round(performance.now() - startedMs);
  assert.deepEqual(cells.deleted.splice(0), [old], 'instances that heard of their end');
  await cluster.ready('cell');
  assert.equal((await cluster.nodes.get('cell')).status?.metadata, undefined, 'the state of the new node');
  return tookMs;
}

function waited(): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, WAITS_MS, false));
}

function createCell(cluster: TestCluster, revision: number) {
  return cluster.createNode('cell', { module: MODULE, component: 'cell', settings: { revision } });
}

async function startModule(
  cluster: TestCluster,
  proxy: GarblingProxy,
  components: readonly Component[],
): Promise<RunningModule> {
  const folder = await mkdtemp(join(tmpdir(), 't21-'));
  try {
    const kubeconfig = join(folder, 'kubeconfig');
    const text = await readFile(cluster.kubeconfig, 'utf8');
    await writeFile(kubeconfig, text.replaceAll(cluster.controlPlane.url, proxy.url));
    const module = RunningModule.start({
      ...{ name: MODULE, components, kubeconfig },
      ...{ podName: `${MODULE}-0`, namespace: 'default' },
    });
    await eventually(() => module.isServing || module.rethrow(), { timeoutMs: 10_000 });
    return module;
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Question {
  /** Wait until the gate opens. */
  readonly hold?: boolean;
  /** Write the number of the instance into the state. */
  readonly mark?: boolean;
}

/** The nodes of this fault, as the test sees them. */
class Cells {
  /** How many instances there have been. */
  made = 0;
  /** How many messages wait for the gate. */
  held = 0;
  /** The instances that heard of their end. */
  readonly deleted: number[] = [];
  ask: (question: Question) => Promise<unknown> = () => Promise.reject(new Error('nobody asks yet'));
  #gate = Promise.withResolvers<void>();

  readonly components: readonly Component[] = [
    statefulComponent({
      name: 'asks',
      description: 'Asks what the test wants to know.',
      ports: { out: output(z.object({}).loose(), { reply: z.unknown() }) },
      create: (node) => {
        this.ask = (question) => node.request('out', { ...question });
        return { on: {} };
      },
    }),
    statefulComponent({
      name: 'cell',
      description: 'Knows which instance it is.',
      settings: z.object({ revision: z.int() }),
      ports: { in: input(z.object({ hold: z.boolean().optional(), mark: z.boolean().optional() })) },
      create: (node) => {
        const instance = (this.made += 1);
        return {
          on: {
            in: async ({ hold = false, mark = false }) => {
              const seen = node.state.get('mark') ?? null;
              if (hold) await this.#held();
              if (mark) await node.state.set('mark', String(instance));
              return reply({ ...node.settings, instance, mark: seen });
            },
          },
          deleted: () => void this.deleted.push(instance),
        };
      },
    }),
  ];

  /** Lets go what waits. */
  open(): void {
    this.#gate.resolve();
    this.#gate = Promise.withResolvers();
    this.held = 0;
  }

  async #held(): Promise<void> {
    this.held += 1;
    await this.#gate.promise;
  }
}
