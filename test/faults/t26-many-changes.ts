import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ResourceClient } from '@tinysystems/kubernetes';
import type { TinyNode } from '@tinysystems/api';
import { TestCluster, eventually } from '@tinysystems/testing';
import type { Fault, Scale } from './fault.ts';
import { ObservedNodes } from './observed-nodes.ts';
import { T26Process, type Vitals } from './t26-process.ts';

/** Enough writes under way to keep the server busy. */
const WRITERS = 16;
const SAMPLES = 5;

/** The full form takes five minutes for the hour. */
export const manyChanges: Fault = {
  id: 'T26',
  title: 'a module owns very many nodes, which change all the time',
  target:
    'every change is reconciled, the slowest of a hundred within 1 s; memory stays within 5 %, and no handle is left over',
  async run(scale) {
    const size = sizeOf(scale);
    await using cluster = await TestCluster.start();
    await using observed = ObservedNodes.start(cluster.nodes);
    await using module = new T26Process(cluster.kubeconfig);
    await createNodes(cluster, size.nodes);
    await eventually(() => observed.reconciled === size.nodes, { timeoutMs: size.startMs, intervalMs: 100 });

    const changes = new Changes(cluster.nodes, size);
    await changes.writeFor(size.warmUpMs);
    await observed.waitFor(changes.written);
    const before = await vitalsOf(module);

    const from = changes.written.length;
    await changes.writeFor(size.durationMs);
    await observed.waitFor(changes.written);
    const latenciesMs = observed.latenciesMs(changes.written.slice(from));
    const p99Ms = quantile(latenciesMs, 0.99);
    const after = await vitalsOf(module);

    assert.ok(p99Ms <= size.maxP99Ms, `the slowest of a hundred changes took ${p99Ms} ms`);
    const growth = after.rssMiB / before.rssMiB - 1;
    assert.ok(growth <= size.maxGrowth, `memory went from ${before.rssMiB} to ${after.rssMiB} MiB`);
    const newHandles = await handlesLeftOver(module, before);
    return {
      nodes: size.nodes,
      changes: latenciesMs.length,
      reconcileP50Ms: Math.round(quantile(latenciesMs, 0.5)),
      reconcileP99Ms: Math.round(p99Ms),
      rssBeforeMiB: Math.round(before.rssMiB),
      rssAfterMiB: Math.round(after.rssMiB),
      newHandles,
    };
  },
};

interface Size {
  readonly nodes: number;
  readonly perSecond: number;
  readonly startMs: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly maxP99Ms: number;
  readonly maxGrowth: number;
}

/** A short run shares a busy machine with other tests, and code is still being compiled while it lasts. */
function sizeOf(scale: Scale): Size {
  return scale.of(
    {
      nodes: 500,
      perSecond: 20,
      startMs: 90_000,
      warmUpMs: 2_000,
      durationMs: 3_000,
      maxP99Ms: 20_000,
      maxGrowth: 0.25,
    },
    {
      nodes: 10_000,
      perSecond: 100,
      startMs: 600_000,
      warmUpMs: 60_000,
      durationMs: 300_000,
      maxP99Ms: 1_000,
      maxGrowth: 0.05,
    },
  );
}

function nodeName(index: number): string {
  return `relay-${index}`;
}

async function createNodes(cluster: TestCluster, count: number): Promise<void> {
  let next = 0;
  const write = async () => {
    while (next < count) {
      const index = next++;
      // To a node that is there already, so that few edges lead nowhere for a moment.
      const edge = { id: 'back', port: 'out', to: nodeName(index - 1), toPort: 'in' };
      await cluster.createNode(nodeName(index), {
        module: 't26-module',
        component: 'relay',
        edges: index === 0 ? [] : [edge],
      });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}

/** A change that the server has taken. */
export interface Change {
  readonly node: string;
  readonly generation: number;
  /** Before it was sent, milliseconds of `performance.now()`. */
  readonly sentMs: number;
}

/** Gives one node after the other new settings, at a steady rate. */
class Changes {
  readonly written: Change[] = [];
  readonly #nodes: ResourceClient<TinyNode>;
  readonly #size: Size;
  #next = 0;

  constructor(nodes: ResourceClient<TinyNode>, size: Size) {
    this.#nodes = nodes;
    this.#size = size;
  }

  async writeFor(durationMs: number): Promise<void> {
    const { perSecond } = this.#size;
    const startedMs = performance.now();
    const writes: Promise<void>[] = [];
    for (let index = 0; (index * 1000) / perSecond < durationMs; index += 1) {
      const waitMs = startedMs + (index * 1000) / perSecond - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      writes.push(this.#write());
    }
    await Promise.all(writes);
  }

  async #write(): Promise<void> {
    this.#next += 1;
    const sentMs = performance.now();
    const node = nodeName(this.#next % this.#size.nodes);
    const { metadata } = await this.#nodes.patch(node, { spec: { settings: { revision: this.#next } } });
    this.written.push({ node, generation: metadata.generation ?? 0, sentMs });
  }
}

/** The middle of several looks; each collects garbage first. */
async function vitalsOf(module: T26Process): Promise<Vitals> {
  const looks: Vitals[] = [];
  for (let look = 0; look < SAMPLES; look += 1) {
    looks.push(await module.vitals());
    await sleep(200);
  }
  looks.sort((a, b) => a.rssMiB - b.rssMiB);
  return looks[Math.floor(SAMPLES / 2)]!;
}

/** Connections close once they have been idle; what then is still there and was not before is left over. */
async function handlesLeftOver(module: T26Process, before: Vitals): Promise<number> {
  const more = async () => (await module.vitals()).resources.length - before.resources.length;
  await eventually(async () => (await more()) <= 0, { timeoutMs: 60_000, intervalMs: 500 });
  return Math.max(0, await more());
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
