import { readFile } from 'node:fs/promises';
import { type Measured, median } from '../result.ts';
import { Load, type LoadResult } from './load.ts';

const ROUND_MS = 3000;
const ROUNDS = 5;
/** Of the processor times in `/proc`, milliseconds. */
const TICK_MS = 10;

/** A server that is put under load. */
export interface Contestant {
  readonly url: string;
  /** The processes that answer. */
  readonly pids: readonly number[];
}

/** What the rounds of one server gave. */
export interface Standing {
  readonly rounds: readonly LoadResult[];
  /** Processor time of all of its processes for one request, microseconds; the middle of the rounds. */
  readonly cpuUs: number;
}

/** Puts servers under the same load in alternating rounds; the first round of each does not count. */
export async function contest<Name extends string>(
  contestants: Readonly<Record<Name, Contestant>>,
  { connections, body }: { readonly connections: number; readonly body: string },
): Promise<Readonly<Record<Name, Standing>>> {
  await using load = new Load();
  const names = Object.keys(contestants) as Name[];
  const results = new Map(names.map((name) => [name, [] as (LoadResult & { readonly cpuUs: number })[]]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const name of names) {
      const { url, pids } = contestants[name];
      const beforeMs = await cpuMsOf(pids);
      const result = await load.run({ url, connections, durationMs: ROUND_MS, body });
      const cpuUs = (((await cpuMsOf(pids)) - beforeMs) * 1000) / result.count;
      if (round > 0) results.get(name)?.push({ ...result, cpuUs });
    }
  }
  const standings = [...results].map(([name, rounds]) => {
    const cpuUs = median(rounds.map((round) => round.cpuUs));
    console.log(`${name}: ${cpuUs.toFixed(1)} µs of CPU a request`);
    return [name, { rounds, cpuUs }];
  });
  return Object.fromEntries(standings) as Record<Name, Standing>;
}

/** The row of one server beside another; the ratio is the middle of the rounds' own. */
export function rowOf(
  name: string,
  ours: Standing,
  reference: { readonly name: string; readonly standing: Standing },
): Measured {
  const rates = ours.rounds.map(({ rate }) => rate);
  const others = reference.standing.rounds.map(({ rate }) => rate);
  return {
    name,
    value: median(rates),
    unit: 'requests/s',
    reference: reference.name,
    referenceValue: median(others),
    ratio: median(rates.map((rate, round) => rate / (others[round] ?? Number.NaN))),
    p50: median(ours.rounds.map(({ p50 }) => p50)),
    p99: median(ours.rounds.map(({ p99 }) => p99)),
  };
}

/** What processes have used of the processors so far; only where there is `/proc`. */
async function cpuMsOf(pids: readonly number[]): Promise<number> {
  const times = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
      const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    }),
  );
  return times.reduce((sum, time) => sum + time, 0);
}
