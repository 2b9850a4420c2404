import type { FaultProcess } from '../faults/fault-process.ts';
import { WORKERS, Wire } from '../faults/wire.ts';
import { WireLoad } from '../faults/wire-load.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, type Measured } from './result.ts';

const REPLICAS = [1, 2, 4] as const;
const WARM_MS = 2_000;
const MEASURE_MS = 5_000;

/** Calls a second from one module to another of 1, 2 and 4 replicas, and how evenly they are spread. */
export const spread: Benchmark = {
  name: 'spread',
  async run() {
    const { wire, doors } = await Wire.start({ workers: 1 });
    await using _ = wire;
    const rows: Measured[] = [];
    let first = 0;
    let replicas = 1;
    for (const count of REPLICAS) {
      for (; replicas < count; replicas += 1) await wire.add(WORKERS);
      const { rate, shares } = await measure(doors, count * 1e9);
      first ||= rate;
      const none = { p50: null, p99: null };
      rows.push(
        {
          ...row(`spread-${count}`, 'calls/s', rate),
          reference: 'one replica',
          referenceValue: first,
          ratio: rate / first,
          ...none,
        },
        {
          ...row(`spread-${count}-least`, 'share', Math.min(...shares)),
          reference: 'an even share',
          referenceValue: 1 / count,
          ratio: shares.length === count ? Math.min(...shares) * count : 0,
          ...none,
        },
      );
    }
    return rows;
  },
};

function row(name: string, unit: Measured['unit'], value: number) {
  return { name, unit, value };
}

async function measure(
  doors: readonly FaultProcess[],
  from: number,
): Promise<{ rate: number; shares: readonly number[] }> {
  await using load = new WireLoad({
    doors: () => doors,
    port: 'once',
    holdMs: 0,
    atOnce: 64,
    calls: 1_000,
    from,
  });
  await sleep(WARM_MS);
  const before = load.ended;
  const startedMs = performance.now();
  await sleep(MEASURE_MS);
  const measured = load.outcomes.slice(before);
  const rate = (measured.length / (performance.now() - startedMs)) * 1_000;
  const counts = new Map<string, number>();
  for (const { by = 'failed' } of measured) counts.set(by, (counts.get(by) ?? 0) + 1);
  return { rate, shares: [...counts.values()].map((count) => count / measured.length) };
}
