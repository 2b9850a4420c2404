import assert from 'node:assert/strict';
import type { Fault, Measures, Scale } from './fault.ts';
import { DEFAULT_LEASE, FAST_LEASE, type LeaseTimes } from './fault-process.ts';
import { Replicas, percentile } from './replicas.ts';

/** After the lease has ended. */
const MARGIN_MS = 2_000;

export const leaderKilled: Fault = {
  id: 'T8',
  title: 'the leader is killed (SIGKILL) under a steady load of signals, and not started again',
  target:
    'another replica leads, p99 lease duration + 2 s; no signal that was taken is lost; no leader-only effect of two processes at a time',
  async run(scale) {
    const fast = await kill(scale, FAST_LEASE, scale.of(2, 100));
    return {
      ...fast,
      ...(await scale.of(
        async () => ({}),
        () => slow(scale),
      )()),
    };
  },
};

async function slow(scale: Scale): Promise<Measures> {
  const measures = await kill(scale, DEFAULT_LEASE, 10);
  return Object.fromEntries(Object.entries(measures).map(([name, value]) => [`default_${name}`, value]));
}

async function kill(scale: Scale, lease: LeaseTimes, rounds: number): Promise<Measures> {
  const { replicas, first } = await Replicas.start(lease);
  await using _ = replicas;
  const tookMs: number[] = [];
  {
    await using _load = replicas.load(50);
    let leader = first;
    for (let round = 0; round < rounds; round += 1) {
      const heir = await replicas.add();
      // At any moment between two renewals.
      await new Promise((resolve) => setTimeout(resolve, scale.random() * lease.retryS * 1000));
      const killedMs = performance.now();
      leader.signal('SIGKILL');
      tookMs.push((await heir.logged('leading')) - killedMs);
      leader = heir;
    }
  }
  const repeated = await replicas.demandAllDelivered();
  const ticks = await replicas.demandOneLeaderAtATime();
  const takeoverP99Ms = percentile(tookMs, 0.99);
  const limitMs = lease.durationS * 1000 + MARGIN_MS;
  assert.ok(takeoverP99Ms <= limitMs, `take-over took ${tookMs.map(Math.round).join(', ')} ms`);
  return {
    kills: tookMs.length,
    leaseMs: lease.durationS * 1000,
    takeoverP50Ms: percentile(tookMs, 0.5),
    takeoverP99Ms,
    signals: replicas.signals,
    lostSignals: 0,
    repeatedSignals: repeated,
    leaderTicks: ticks,
  };
}
