// A process that keeps every TinyNode of the cluster in a cache, as a module does. It tells when the cache is complete,
// and then of every change that carries the moment it was sent at (see writes.ts).
import type { TinyNode } from '@tinysystems/api';
import { Client, loadClusterConfig, noMetrics, silentLogger } from '@tinysystems/kubernetes';
import { createCaches, moduleCaches } from '../../../packages/operator/src/resources/caches.ts';
import { reportCache } from './report-cache.ts';
import { MODULE, NAMESPACE } from './nodes.ts';

const [kubeconfig = ''] = process.argv.slice(2);
const report = reportCache();
await using client = new Client({ config: loadClusterConfig({ kubeconfig }), userAgent: 'bench-cache/1' });
const caches = createCaches({
  client,
  namespace: NAMESPACE,
  moduleName: MODULE,
  logger: silentLogger,
  metrics: noMetrics,
  onRefusal: (advice) => {
    throw new Error(advice);
  },
});
const stop = new AbortController();
process.once('disconnect', () => stop.abort());
caches.nodes.onEvent({ update: (node: TinyNode) => report.changed(node) });
const running = moduleCaches(caches).map((cache) => cache.run(stop.signal));
await Promise.all(
  [caches.nodes, caches.modules, caches.signals, caches.flows].map((cache) => cache.waitForSync(stop.signal)),
);
report.synced(caches.nodes.lister.list().length);
await Promise.all(running);
