// A process that competes for a lease and tells on stdout when it leads; for kubernetes-leader.spec.ts.
import { Client, LeaderElector, loadClusterConfig } from '@tinysystems/kubernetes';

const [kubeconfig = '', identity = ''] = process.argv.slice(2);
await using client = new Client({ config: loadClusterConfig({ kubeconfig }), userAgent: 'leader/1' });
const elector = new LeaderElector({
  client,
  namespace: 'default',
  leaseName: 'job',
  identity,
  leaseDurationMs: 3_000,
  renewDeadlineMs: 2_000,
  retryPeriodMs: 500,
});
elector.onChange((isLeader) => console.log(isLeader ? 'leads' : 'follows'));
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await elector.run(stop.signal);
