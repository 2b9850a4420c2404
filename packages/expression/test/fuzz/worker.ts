import { parentPort, workerData } from 'node:worker_threads';
import { checkProgram, type Ending } from './check-program.ts';
import { guardHost } from './guard-host.ts';

/** What to run. */
export interface WorkerInput {
  readonly seed: number;
  readonly programs: number;
}

/** How far it is. */
export interface Progress {
  readonly done: number;
  readonly endings: Readonly<Record<Ending, number>>;
  /** CPU time of the slowest program, milliseconds. */
  readonly slowestMs: number;
}

const REPORT_EVERY = 500;
const { seed, programs } = workerData as WorkerInput;
const endings = { value: 0, static: 0, dynamic: 0 };
let slowestMs = 0;
using guard = guardHost();
for (let number = 1; number <= programs; number += 1) {
  const started = process.threadCpuUsage();
  endings[checkProgram(seed, number)] += 1;
  const { user, system } = process.threadCpuUsage(started);
  slowestMs = Math.max(slowestMs, (user + system) / 1000);
  if (number % REPORT_EVERY !== 0 && number !== programs) continue;
  guard.check();
  parentPort?.postMessage({ done: number, endings, slowestMs } satisfies Progress);
}
