import assert from 'node:assert/strict';
import { join } from 'node:path';
import { eventually } from '@tinysystems/testing';
import { EchoCaller, type EchoOutcome, EchoProcess } from './echo.ts';
import type { Fault, Measures, Scale } from './fault.ts';
import { findLossyNetwork } from './lossy-network.ts';
import { NetworkProxy } from './network-proxy.ts';
import { percentile } from './replicas.ts';
import { hurriedClock } from './scaled-clock.ts';

const NOTICE_MS = 15_000;
/** In a short form timers are so many times faster. */
const HURRY = 5;
/** Until a call's failure is seen here; more on a machine that other suites share. */
const MARGIN_MS = [5_000, 500] as const;
const DELAY_MS = 200;
const LOSS_SHARE = 0.05;
const LARGE = 'x'.repeat(1024 * 1024);

export const networkTrouble: Fault = {
  id: 'T15',
  title: 'the network between two modules is cut in one direction, loses 5 % of its packets, or takes 200 ms',
  target:
    'no deadlock: every call ends; a cut is found within 15 s at both ends, and other replicas are called meanwhile; slow and lossy networks fail no call',
  async run(scale) {
    const [slow, toServer, toClient, lossy] = await Promise.all([
      slowNetwork(scale),
      cutNetwork(scale, 'to server'),
      cutNetwork(scale, 'to client'),
      lossyNetwork(scale),
    ]);
    return { ...slow, cutToServerFoundMs: toServer, cutToClientFoundMs: toClient, ...lossy };
  },
};

async function slowNetwork(scale: Scale): Promise<Measures> {
  await using echo = await EchoProcess.start();
  await using proxy = await NetworkProxy.start(echo.port, scale.random);
  proxy.trouble.delayMs = DELAY_MS;
  await using caller = new EchoCaller([proxy.address]);
  const [small, large] = await Promise.all([
    caller.calls(scale.of(512, 20_000), 512),
    caller.calls(scale.of(20, 200), 20, { text: LARGE }),
  ]);
  demandAnswered([...small, ...large]);
  return { slowCalls: small.length + large.length, slowP50Ms: p50(small), slowMiBP50Ms: p50(large) };
}

/** @returns after how long the last call to the replica that is cut off knew, milliseconds. */
async function cutNetwork(scale: Scale, direction: 'to server' | 'to client'): Promise<number> {
  const hurry = scale.of(HURRY, 1);
  await using near = await EchoProcess.start(hurry);
  await using far = await EchoProcess.start(hurry);
  await using proxy = await NetworkProxy.start(far.port, scale.random);
  await using caller = new EchoCaller([proxy.address, `127.0.0.1:${near.port}`], hurriedClock(hurry));
  const answeredBy = () => new Set(caller.outcomes.map(({ by }) => by));
  await eventually(async () => (await caller.calls(8, 4), answeredBy().size === 2), { timeoutMs: 30_000 });
  const leave = new AbortController();
  const long = Array.from({ length: 20 }, () =>
    caller.call({ holdMs: 600_000, timeoutMs: 600_000, signal: leave.signal }),
  );
  await eventually(async () => (await near.inWork()) > 0 && (await far.inWork()) > 0, { timeoutMs: 30_000 });
  const stop = new AbortController();
  const load = (async () => {
    while (!stop.signal.aborted) await caller.calls(32, 8, { holdMs: 5 });
  })();
  await eventually(() => caller.outcomes.length > 500, { timeoutMs: 30_000 });
  const cutMs = performance.now();
  proxy.trouble.cut.add(direction);
  const failures = () => caller.outcomes.filter(({ error }) => error !== undefined);
  const limitMs = NOTICE_MS / hurry + scale.of(...MARGIN_MS);
  await eventually(async () => failures().length > 0 && (await far.inWork()) === 0, {
    timeoutMs: limitMs,
    intervalMs: 50,
  });
  const bothKnewMs = performance.now() - cutMs;
  await meanwhile(caller, near, cutMs);
  proxy.trouble.cut.clear();
  await eventually(() => caller.outcomes.at(-1)?.by === far.pid, { timeoutMs: 30_000, intervalMs: 1 });
  stop.abort();
  await load;
  for (const { error, endedMs } of failures()) {
    assert.deepEqual([error?.kind, error?.code], ['Transient', 'MODULE_UNREACHABLE'], error?.message);
    assert.ok(endedMs - cutMs < limitMs, `a caller knew after ${endedMs - cutMs} ms`);
  }
  leave.abort();
  await Promise.all(long);
  await eventually(async () => (await near.inWork()) + (await far.inWork()) === 0, { timeoutMs: 10_000 });
  return Math.round(bothKnewMs);
}

/** Calls go to the other replica as long as the cut lasts. */
async function meanwhile(caller: EchoCaller, near: EchoProcess, cutMs: number): Promise<void> {
  const answered = caller.outcomes.filter(({ by, startedMs }) => by === near.pid && startedMs > cutMs);
  assert.ok(answered.length > 0, 'the other replica answered no call while one was cut off');
  const now = performance.now();
  await eventually(() => caller.outcomes.some(({ by, startedMs }) => by === near.pid && startedMs > now), {
    timeoutMs: 30_000,
  });
}

async function lossyNetwork(scale: Scale): Promise<Measures> {
  const calls = scale.of(200, 20_000);
  const network = await findLossyNetwork(scale.of(false, true));
  if (typeof network !== 'string') {
    const program = join(import.meta.dirname, 't15-lossy-main.ts');
    const args = ['--conditions=@tinysystems/source', program, String(LOSS_SHARE), String(calls)];
    const measures = JSON.parse(await network.run(process.execPath, args)) as Measures;
    assert.ok(Number(measures['lostPackets']) > 0, 'no packet was lost');
    return { loss: 'iptables', ...measures };
  }
  console.log(`T15 holds packets back instead of losing them: ${network}`);
  await using echo = await EchoProcess.start();
  await using proxy = await NetworkProxy.start(echo.port, scale.random);
  proxy.trouble.lateShare = LOSS_SHARE;
  await using caller = new EchoCaller([proxy.address]);
  return { loss: `proxy: ${network}`, ...(await callThroughLoss(caller, calls)) };
}

/** Small and large calls, all of which must be answered. */
export async function callThroughLoss(caller: EchoCaller, calls: number): Promise<Measures> {
  const [small, large] = await Promise.all([
    caller.calls(calls, 64, { text: 'x'.repeat(1024) }),
    caller.calls(calls / 20, 2, { text: 'x'.repeat(64 * 1024) }),
  ]);
  demandAnswered([...small, ...large]);
  return {
    lossyCalls: small.length + large.length,
    lossyP50Ms: p50(small),
    lossySlowestMs: slowest([...small, ...large]),
  };
}

function demandAnswered(outcomes: readonly EchoOutcome[]): void {
  const failed = outcomes.filter(({ error }) => error !== undefined);
  assert.equal(failed.length, 0, `${failed.length} calls failed, first: ${failed[0]?.error?.message}`);
}

function p50(outcomes: readonly EchoOutcome[]): number {
  return percentile(
    outcomes.map(({ startedMs, endedMs }) => endedMs - startedMs),
    0.5,
  );
}

function slowest(outcomes: readonly EchoOutcome[]): number {
  return Math.round(Math.max(...outcomes.map(({ startedMs, endedMs }) => endedMs - startedMs)));
}
