import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@tinysystems/testing';
import { WORKERS, Wire, machineMs } from '../faults/wire.ts';
import { WireLoad } from '../faults/wire-load.ts';
import { type Benchmark, type Measured, lessIsBetter, median } from './result.ts';

const DOWN_S = [5, 30] as const;
const RUNS = 2;
const TARGET_MS = 1_000;

/** The only replica of a module is killed and started again: from being ready to the first call that it begins. */
export const reconnect: Benchmark = {
  name: 'reconnect',
  async run() {
    const rows: Measured[] = [];
    for (const downS of DOWN_S) {
      const timesMs: number[] = [];
      for (let run = 0; run < RUNS; run += 1) timesMs.push(await reconnectAfter(downS));
      rows.push(
        lessIsBetter({
          name: `reconnect-${downS}s`,
          unit: 'ms',
          value: median(timesMs),
          reference: { name: 'the target', value: TARGET_MS },
          timesMs,
        }),
      );
    }
    return rows;
  },
};

async function reconnectAfter(downS: number): Promise<number> {
  const { wire, doors, workers } = await Wire.start({ workers: 1 });
  await using _ = wire;
  await using load = new WireLoad({
    doors: () => doors,
    port: 'once',
    holdMs: 0,
    atOnce: 4,
    calls: 8,
    pauseMs: 2,
  });
  await load.more(50);
  workers[0]?.signal('SIGKILL');
  await sleep(downS * 1_000);
  const young = await wire.add(WORKERS, workers[0]?.podName);
  const readyMs = machineMs();
  return eventually(
    async () => {
      const first = (await wire.began()).find(({ pid }) => pid === young.pid);
      if (first === undefined) throw new Error('it got no call');
      // A call that came before it said that it was ready came at once.
      return Math.max(1, first.atMs - readyMs);
    },
    { timeoutMs: 30_000, intervalMs: 10 },
  );
}
