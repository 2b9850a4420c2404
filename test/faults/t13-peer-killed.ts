import assert from 'node:assert/strict';
import type { Fault, Scale } from './fault.ts';
import type { FaultProcess } from './fault-process.ts';
import { percentile } from './replicas.ts';
import { type Began, WORKERS, Wire, machineMs } from './wire.ts';
import { WireLoad, balance, demandNoneFailed, pause } from './wire-load.ts';
import type { Outcome } from './wire-order.ts';

const REPLICAS = 3;
const NOTICE_MS = 1_000;
/** On a machine that other suites share, a process may have to wait for its turn. */
const SHORT_NOTICE_MS = 10_000;
/** How long a worker takes: with so many calls at once, a kill meets some of them in work. */
const HOLD_MS = 20;
const SECOND_LOAD = 1e9;

export const peerKilled: Fault = {
  id: 'T13',
  title: 'replicas of the module that is called are killed (SIGKILL) with calls in work',
  target:
    'their callers get a typed error within 1 s, nobody else notices; nothing runs twice at one attempt; with more attempts every call is answered',
  async run(scale) {
    const { wire, doors, workers } = await Wire.start({ workers: REPLICAS });
    await using _ = wire;
    const kills: Kill[] = [];
    const shared = { doors: () => doors, holdMs: HOLD_MS, atOnce: 8 };
    const once = new WireLoad({ ...shared, port: 'once' });
    const again = new WireLoad({ ...shared, port: 'again', from: SECOND_LOAD });
    {
      await using _once = once;
      await using _again = again;
      await once.more(200);
      await kill(scale, { wire, workers, kills });
    }
    const began = await wire.began();
    const first = balance(once.outcomes, began);
    const noticedMs = demandOnlyTheirs(first.failed, began, kills);
    const limitMs = scale.of(SHORT_NOTICE_MS, NOTICE_MS);
    assert.ok(Math.max(...noticedMs) < limitMs, `callers knew after ${Math.max(...noticedMs)} ms`);
    const second = balance(again.outcomes, began, again.outcomes.length);
    demandNoneFailed(second, 'calls failed although their edge tries again', wire);
    return {
      kills: kills.length,
      calls: first.calls,
      failedCalls: first.failed.length,
      noticedP99Ms: percentile(noticedMs, 0.99),
      slowestNoticeMs: Math.round(Math.max(...noticedMs)),
      ranTwice: first.repeated,
      retriedCalls: second.calls,
      retriedFailed: 0,
      retriedRanTwice: second.repeated,
    };
  },
};

interface Kill {
  readonly pid: number;
  readonly atMs: number;
}

interface Victims {
  readonly wire: Wire;
  readonly workers: readonly FaultProcess[];
  readonly kills: Kill[];
}

/** Each time one of the replicas, at any moment; another process takes its place, as a kubelet does it. */
async function kill(scale: Scale, { wire, workers, kills }: Victims): Promise<void> {
  const live = [...workers];
  for (let round = 0; round < scale.of(4, 300); round += 1) {
    await pause(scale.random() * 100);
    const index = live.indexOf(victimOf(scale, live));
    const victim = live[index] as FaultProcess;
    kills.push({ pid: victim.pid, atMs: machineMs() });
    victim.signal('SIGKILL');
    live[index] = await wire.add(WORKERS, victim.podName);
  }
}

/** Seldom the leader: where it is killed each second, nobody leads, and nobody takes the dead off the list. */
function victimOf(scale: Scale, live: readonly FaultProcess[]): FaultProcess {
  const followers = live.filter((each) => each.count('leading') === 0);
  const candidates = followers.length === 0 || scale.random() < 0.05 ? live : followers;
  return candidates[Math.floor(scale.random() * candidates.length)] as FaultProcess;
}

/** Only calls of replicas that were killed may have failed. @returns how long after the kill each of them did. */
function demandOnlyTheirs(
  failed: readonly Outcome[],
  began: readonly Began[],
  kills: readonly Kill[],
): readonly number[] {
  const killedMs = new Map(kills.map(({ pid, atMs }) => [pid, atMs]));
  const beganBy = new Map(began.map(({ n, pid }) => [n, pid]));
  assert.ok(failed.length > 0, 'no kill has met a call');
  return failed.map(({ n, kind, code, text, startedMs, tookMs }) => {
    assert.deepEqual([kind, code], ['Transient', 'MODULE_UNREACHABLE'], `call ${n}: ${text}`);
    const endedMs = startedMs + tookMs;
    // One that had not begun was on its way to one of them.
    const pid = beganBy.get(n);
    const atMs = pid === undefined ? kills.findLast((each) => each.atMs <= endedMs)?.atMs : killedMs.get(pid);
    assert.ok(atMs !== undefined, `call ${n} failed, and its replica was not killed: ${text}`);
    return endedMs - atMs;
  });
}
