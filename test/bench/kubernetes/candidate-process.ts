// A process that competes for a lease with the timing of a module. It tells once when it has seen who leads, and when it
// leads itself.
import { Client, LeaderElector, loadClusterConfig } from '@tinysystems/kubernetes';
import { NAMESPACE } from './nodes.ts';

const LOOK_MS = 20;

/** What a candidate says. */
export type CandidateNews = 'follows' | 'leads';

const [kubeconfig = '', leaseName = ''] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.once('disconnect', () => stop.abort());
await using client = new Client({
  config: loadClusterConfig({ kubeconfig }),
  userAgent: 'bench-candidate/1',
});
const elector = new LeaderElector({
  client,
  namespace: NAMESPACE,
  leaseName,
  identity: `candidate-${process.pid}`,
});
elector.onChange((isLeader) => isLeader && tell('leads'));
const looking = setInterval(() => {
  if (elector.holder === undefined) return;
  clearInterval(looking);
  if (!elector.isLeader) tell('follows');
}, LOOK_MS);
await elector.run(stop.signal);
clearInterval(looking);

function tell(news: CandidateNews): void {
  if (process.connected) process.send?.(news);
}
