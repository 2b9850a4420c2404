import { BenchCluster } from './kubernetes/bench-cluster.ts';
import { Child } from './kubernetes/child.ts';
import { createNodes } from './kubernetes/nodes.ts';
import type { Synced, Watched } from './kubernetes/report-cache.ts';
import { writeSteadily } from './kubernetes/writes.ts';
import { type Benchmark, lessIsBetter, quantile } from './result.ts';

const NODES = 10_000;
const PER_SECOND = 100;
const WARM_UP_MS = 10_000;
const DURATION_MS = 60_000;
const REFERENCE = "@kubernetes/client-node's informer that sees the same changes";

/** From sending a write until the handler in another process is called, 100 changes a second over 10,000 nodes. */
export const watchLatency: Benchmark = {
  name: 'watch-latency',
  async run() {
    await using cluster = await BenchCluster.start();
    await createNodes(cluster.client, NODES);
    await using ours = await watch('cache-process.ts', cluster);
    await using reference = await watch('client-node-process.ts', cluster);
    const write = (durationMs: number) =>
      writeSteadily(cluster.client, { nodes: NODES, perSecond: PER_SECOND, durationMs });

    await write(WARM_UP_MS);
    const oursBefore = await watched(ours);
    await watched(reference);
    await write(DURATION_MS);
    const oursAfter = await watched(ours);
    const referenceAfter = await watched(reference);

    const expected = (PER_SECOND * DURATION_MS) / 1000;
    const { latenciesMs } = oursAfter;
    if (latenciesMs.length !== expected)
      throw new Error(`the handler was called ${latenciesMs.length} times for ${expected} changes`);
    return [
      lessIsBetter({
        name: 'watch-latency',
        unit: 'ms',
        value: quantile(latenciesMs, 0.5),
        reference: { name: REFERENCE, value: quantile(referenceAfter.latenciesMs, 0.5) },
        timesMs: latenciesMs,
      }),
      lessIsBetter({
        name: 'watch-latency-memory-slope',
        unit: 'MiB/min',
        value: oursAfter.heapMiB - oursBefore.heapMiB,
      }),
    ];
  },
};

async function watch(file: string, { kubeconfig }: BenchCluster): Promise<Child> {
  const child = new Child({ file, args: [kubeconfig], nodeFlags: ['--expose-gc'] });
  await child.next<Synced>();
  return child;
}

async function watched(child: Child): Promise<Watched> {
  child.send({});
  return child.next<Watched>();
}
