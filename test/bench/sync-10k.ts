import { BenchCluster } from './kubernetes/bench-cluster.ts';
import { Child } from './kubernetes/child.ts';
import { createNodes } from './kubernetes/nodes.ts';
import type { Synced } from './kubernetes/report-cache.ts';
import { type Benchmark, lessIsBetter, median } from './result.ts';

const NODES = 10_000;
const ROUNDS = 3;
/** As `tinysystems dev` starts its modules. */
const NODE_FLAGS = ['--max-semi-space-size=8'];
const REFERENCE = "@kubernetes/client-node's informer over the same objects";

/** From connecting until 10,000 TinyNodes are in the caches of a module's process, and the memory it takes. */
export const sync10k: Benchmark = {
  name: 'sync-10k',
  async run() {
    await using cluster = await BenchCluster.start();
    await createNodes(cluster.client, NODES);
    const ours: Synced[] = [];
    const reference: Synced[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await sync('cache-process.ts', cluster));
      reference.push(await sync('client-node-process.ts', cluster));
    }
    return [
      lessIsBetter({
        name: 'sync-10k',
        unit: 'ms',
        value: median(ours.map(({ ms }) => ms)),
        reference: { name: REFERENCE, value: median(reference.map(({ ms }) => ms)) },
      }),
      lessIsBetter({
        name: 'sync-10k-rss',
        unit: 'MiB',
        value: median(ours.map(({ peakMiB }) => peakMiB)),
        reference: { name: REFERENCE, value: median(reference.map(({ peakMiB }) => peakMiB)) },
      }),
    ];
  },
};

async function sync(file: string, { kubeconfig }: BenchCluster): Promise<Synced> {
  await using child = new Child({ file, args: [kubeconfig], nodeFlags: NODE_FLAGS });
  const synced = await child.next<Synced>();
  if (synced.objects !== NODES) throw new Error(`${file} has ${synced.objects} of ${NODES} objects`);
  return synced;
}
