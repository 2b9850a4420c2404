import assert from 'node:assert/strict';
import { EVENT, LEASE } from '@tinysystems/kubernetes';
import { eventually } from '@tinysystems/testing';
import type { Fault } from './fault.ts';
import { DEFAULT_LEASE, FAST_LEASE, type FaultProcess, LEASE_NAME } from './fault-process.ts';
import { Replicas, percentile } from './replicas.ts';

/** How long a kubelet waits for an answer. */
const PROBE_LIMIT_MS = 1_000;
/** A short form shares its machine with other suites, and has too few probes for a percentile. */
const SHORT_PROBE_LIMIT_MS = 3_000;
/** Between two probes. */
const PAUSE_MS = 50;
/** How soon a blocked loop must make a replica not ready, and a free one ready again. */
const NOTICE_MS = 5_000;

export const loopBlocked: Fault = {
  id: 'T10',
  title: "a handler blocks the leader's event loop",
  target:
    'the lease is kept; probes answer within 1 s: alive, and not ready until the loop is free; an Event names the node',
  async run(scale) {
    const { replicas, first } = await Replicas.start(scale.of(FAST_LEASE, DEFAULT_LEASE));
    await using _ = replicas;
    const follower = await replicas.add();
    const blockedMs = scale.of(8_000, 60_000);
    const lease = await leaseOf(replicas);
    await replicas.cluster.createSignal('block', {
      node: 'blocker',
      port: 'in',
      data: { ms: blockedMs },
      timeoutSeconds: 120,
    });
    const probes = await probeWhileBlocked(first, replicas, blockedMs);
    const limitMs = scale.of(SHORT_PROBE_LIMIT_MS, PROBE_LIMIT_MS);
    assert.ok(probes.probeP99Ms < limitMs, `probes took ${JSON.stringify(probes)}`);
    const after = await leaseOf(replicas);
    assert.equal(after?.holderIdentity, lease?.holderIdentity, 'the holder of the lease');
    assert.equal(after?.leaseTransitions, lease?.leaseTransitions, 'how often the lease has changed hands');
    assert.equal(follower.count('leading'), 0, 'the follower leads');
    assert.equal(first.count('leadership lost'), 0, 'losses of the leader');
    await eventually(() => isReady(first), { timeoutMs: NOTICE_MS + 10_000, intervalMs: 50 });
    const signal = await replicas.cluster.ended('block', 30_000);
    assert.equal(signal.status?.phase, 'Delivered');
    await demandEvent(replicas, first);
    return { blockedMs, ...probes, leaseTransitions: after?.leaseTransitions ?? 0 };
  },
};

async function probeWhileBlocked(blocked: FaultProcess, { cluster }: Replicas, blockedMs: number) {
  const claimedAt = await eventually(
    async () => {
      const { phase, startedAt = '' } = (await cluster.signals.get('block')).status ?? {};
      return phase === 'Delivering' && Date.parse(startedAt);
    },
    { timeoutMs: 10_000 },
  );
  // The handler begins after the claim. On a busy machine this process may hear of it late.
  const startedMs = performance.now() - (Date.now() - claimedAt);
  const endMs = startedMs + blockedMs;
  const tookMs: number[] = [];
  let notReady = 0;
  let noticedMs: number | undefined;
  while (performance.now() < endMs) {
    const alive = await blocked.probe('healthz');
    const ready = await blocked.probe('readyz');
    assert.equal(alive.code, 200, alive.text);
    tookMs.push(alive.tookMs, ready.tookMs);
    if (ready.code !== 200) {
      assert.match(ready.text, /\[-\]event loop failed/);
      noticedMs ??= performance.now() - startedMs;
      notReady += 1;
    } else if (performance.now() < endMs)
      assert.equal(noticedMs, undefined, 'ready again while the loop is blocked');
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  assert.ok(notReady > 0 && (noticedMs ?? 0) < NOTICE_MS, `not ready after ${noticedMs} ms`);
  return {
    probes: tookMs.length,
    probeP99Ms: percentile(tookMs, 0.99),
    slowestProbeMs: Math.round(Math.max(...tookMs)),
    notReadyAfterMs: Math.round(noticedMs ?? 0),
  };
}

async function isReady(process: FaultProcess): Promise<boolean> {
  return (await process.probe('readyz')).code === 200;
}

async function leaseOf({ cluster }: Replicas) {
  return (await cluster.client.resource(LEASE, 'default').get(LEASE_NAME)).spec;
}

async function demandEvent({ cluster }: Replicas, blocked: FaultProcess): Promise<void> {
  await eventually(
    async () => {
      const { items } = await cluster.client.resource(EVENT, 'default').list();
      const texts = items
        .filter(({ reason }) => reason === 'EventLoopBlocked')
        .map(({ message, involvedObject: { kind, name } }) => `${kind} ${name}: ${message}`);
      const said = blocked.lines.slice(-5).map((line) => JSON.stringify(line));
      assert.equal(texts.length, 1, `Events: ${texts.join('; ')}; it said: ${said.join(' ')}`);
      assert.match(
        texts[0] ?? '',
        /^TinyNode blocker: a handler of node blocker blocked the event loop for \d/,
      );
    },
    { timeoutMs: 20_000, intervalMs: 100 },
  );
}
