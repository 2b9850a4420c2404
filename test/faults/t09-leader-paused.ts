import assert from 'node:assert/strict';
import { ApiError } from '@tinysystems/kubernetes';
import { eventually } from '@tinysystems/testing';
import type { Fault, Scale } from './fault.ts';
import { DEFAULT_LEASE, FAST_LEASE, type FaultProcess } from './fault-process.ts';
import { Replicas } from './replicas.ts';

/** What a replica that woke up may still write: its own entry in the list of replicas, Events, and the Lease. */
const ITS_OWN = /fieldManager=replica-|\/events|\/leases/;

export const leaderPaused: Fault = {
  id: 'T9',
  title: 'the leader is paused (SIGSTOP) until another leads, and then goes on (SIGCONT)',
  target: 'the one that woke up does nothing as leader; a write with its epoch is refused; it follows',
  async run(scale) {
    const { replicas, first } = await Replicas.start(scale.of(FAST_LEASE, DEFAULT_LEASE));
    await using _ = replicas;
    await using _load = replicas.load(50);
    const rounds = scale.of(1, 3);
    let refusedWrites = 0;
    let leader = first;
    for (let round = 0; round < rounds; round += 1) {
      const heir = await replicas.add();
      refusedWrites += await pause(scale, replicas, { leader, heir });
      leader.signal('SIGTERM'); // The next round has two candidates again.
      await leader.logged('module stopped');
      leader = heir;
    }
    return { pauses: rounds, refusedWrites, leaderTicks: await replicas.demandOneLeaderAtATime() };
  },
};

async function pause(
  scale: Scale,
  replicas: Replicas,
  { leader, heir }: { readonly leader: FaultProcess; readonly heir: FaultProcess },
): Promise<number> {
  const epoch = (await replicas.cluster.modules.get('fault-module')).status?.leaderEpoch ?? 0;
  const terms = leader.count('leading');
  const pausedMs = performance.now();
  leader.signal('SIGSTOP');
  await heir.logged('leading');
  const leftMs = scale.of(7_000, 30_000) - (performance.now() - pausedMs);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, leftMs)));
  const wokenMs = Date.now();
  leader.signal('SIGCONT');
  await leader.logged('leadership lost', { nth: terms });
  await leader.logged('no longer leading', { nth: terms });
  await leader.ready();
  const module = await replicas.cluster.modules.get('fault-module');
  assert.ok((module.status?.leaderEpoch ?? 0) > epoch, 'the next leader has a later epoch');
  const writes = replicas.cluster.controlPlane.faults.requests.filter(
    ({ at, method, path, user, status = 0 }) =>
      at >= wokenMs && method !== 'GET' && status < 300 && user === leader.podName && !ITS_OWN.test(path),
  );
  assert.deepEqual(writes, [], 'what the woken leader wrote');
  assert.equal(leader.count('leading'), terms, 'how often the woken one has led');
  return (await isRefused(replicas, epoch)) + (await isRefusedOnNode(replicas, epoch));
}

async function isRefused({ cluster }: Replicas, leaderEpoch: number): Promise<number> {
  const late = () =>
    cluster.modules.patch('fault-module', { status: { leaderEpoch } }, { subresource: 'status' });
  await assert.rejects(late, isFenced);
  return 1;
}

/** The next leader writes the node when it has something to say: a changed spec is that. */
async function isRefusedOnNode({ cluster }: Replicas, leaderEpoch: number): Promise<number> {
  const { metadata } = await cluster.nodes.patch('ledger', { spec: { settings: { epoch: leaderEpoch } } });
  await eventually(
    async () => {
      const { status } = await cluster.nodes.get('ledger');
      return status?.observedGeneration === metadata.generation && (status?.leaderEpoch ?? 0) > leaderEpoch;
    },
    { timeoutMs: 30_000, intervalMs: 50 },
  );
  const late = () => cluster.nodes.patch('ledger', { status: { leaderEpoch } }, { subresource: 'status' });
  await assert.rejects(late, isFenced);
  return 1;
}

function isFenced(error: unknown): boolean {
  return ApiError.is(error) && error.code === 422 && error.message.includes('leaderEpoch must not fall');
}
