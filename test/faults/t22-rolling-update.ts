import assert from 'node:assert/strict';
import type { Fault, Scale } from './fault.ts';
import type { FaultProcess } from './fault-process.ts';
import { percentile } from './replicas.ts';
import { DOORS, WORKERS, Wire, machineMs } from './wire.ts';
import { WireLoad, balance, demandNoneFailed, pause } from './wire-load.ts';
import type { Outcome } from './wire-order.ts';

const HOLD_MS = 2;
const CALM_MS = [1_000, 10_000] as const;
/** How much slower calls may be, and for how long. */
const SLOWER = 3;
const DISTURBED_MS = 10_000;
/** Below this many milliseconds, three times as slow is nothing that anybody notices. */
const FLOOR_MS = 50;

export const rollingUpdate: Fault = {
  id: 'T22',
  title:
    'both modules are updated under load: each replica of the receiver and of the sender is replaced by a new one',
  target: 'no call is lost, none runs twice; p99 above three times that before for at most 10 s on end',
  async run(scale) {
    const { wire, doors, workers } = await Wire.start({ doors: 2, workers: 3 });
    await using _ = wire;
    const open = [...doors];
    const load = new WireLoad({ doors: () => open, port: 'once', holdMs: HOLD_MS, atOnce: 16, orders: 2 });
    await using _load = load;
    await load.more(500);
    const calmFromMs = machineMs();
    await pause(scale.of(...CALM_MS));
    const updateFromMs = machineMs();
    const updates = await update(scale, wire, { workers: [...workers], doors: open });
    await load[Symbol.asyncDispose]();
    const balanced = balance(load.outcomes, await wire.began());
    demandNoneFailed(balanced, 'calls were lost', wire);
    assert.deepEqual(load.lost.length, 0, 'orders whose door ended before it had answered');
    const calm = load.outcomes.filter(({ startedMs }) => startedMs >= calmFromMs && startedMs < updateFromMs);
    const calmP99Ms = percentile(tookMs(calm), 0.99);
    const disturbedMs = longestDisturbance(
      load.outcomes,
      updateFromMs,
      Math.max(FLOOR_MS, SLOWER * calmP99Ms),
    );
    assert.ok(
      disturbedMs <= scale.of(6 * DISTURBED_MS, DISTURBED_MS),
      `calls were slow for ${disturbedMs} ms`,
    );
    return {
      replaced: updates,
      calls: balanced.calls,
      lost: 0,
      ranTwice: balanced.repeated,
      calmP99Ms,
      updateP99Ms: percentile(
        tookMs(load.outcomes.filter(({ startedMs }) => startedMs >= updateFromMs)),
        0.99,
      ),
      slowForMs: disturbedMs,
    };
  },
};

interface Modules {
  readonly workers: FaultProcess[];
  readonly doors: FaultProcess[];
}

/** As a Deployment does it: a new one is ready before an old one is told to go. */
async function update(scale: Scale, wire: Wire, { workers, doors }: Modules): Promise<number> {
  let replaced = 0;
  for (let round = 0; round < scale.of(1, 20); round += 1) {
    for (const [module, replicas] of [
      [WORKERS, workers],
      [DOORS, doors],
    ] as const) {
      for (const old of [...replicas].slice(0, scale.of(1, replicas.length))) {
        const young = await wire.add(module);
        // A Service sends nothing to one that goes.
        replicas.splice(replicas.indexOf(old), 1, young);
        await pause(200);
        old.signal('SIGTERM');
        assert.equal(await old.exited(), 0, `${old.podName} ended with its work done`);
        replaced += 1;
      }
    }
  }
  return replaced;
}

/** The most seconds on end in which the p99 was above a limit, milliseconds. */
function longestDisturbance(outcomes: readonly Outcome[], fromMs: number, limitMs: number): number {
  const seconds = new Map<number, number[]>();
  for (const { startedMs, tookMs: took } of outcomes) {
    if (startedMs < fromMs) continue;
    const second = Math.floor((startedMs - fromMs) / 1_000);
    const list = seconds.get(second) ?? [];
    list.push(took);
    seconds.set(second, list);
  }
  let [longest, current] = [0, 0];
  for (let second = 0; second <= Math.max(...seconds.keys()); second += 1) {
    const isSlow = percentile(seconds.get(second) ?? [Number.POSITIVE_INFINITY], 0.99) > limitMs;
    current = isSlow ? current + 1_000 : 0;
    longest = Math.max(longest, current);
  }
  return longest;
}

function tookMs(outcomes: readonly Outcome[]): readonly number[] {
  return outcomes.map((outcome) => outcome.tookMs);
}
