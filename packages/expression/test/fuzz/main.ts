import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Progress, WorkerInput } from './worker.ts';

// `npm run fuzz -- --programs 1000000 --seed 7`: runs that many random programs and ends with 1 when one breaks a promise.
const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const input: WorkerInput = { seed: Number(values.seed), programs: Number(values.programs) };
/** The programs between two reports may take this long, also on a busy machine; what takes longer hangs. */
const HANG_MS = 120_000;

console.log(`fuzzing expressions: ${input.programs} programs, seed ${input.seed}`);
const startedMs = performance.now();
const worker = new Worker(new URL('./worker.ts', import.meta.url), {
  workerData: input,
  execArgv: process.execArgv,
});
const watch = setInterval(() => fail('a program hangs: no progress in two minutes'), HANG_MS);
let last: Progress | undefined;
worker.on('message', (progress: Progress) => {
  last = progress;
  watch.refresh();
  const perSecond = Math.round((progress.done / (performance.now() - startedMs)) * 1000);
  if (progress.done % 100_000 === 0 || progress.done === input.programs)
    console.log(
      `  ${progress.done} done, ${perSecond}/s, ${JSON.stringify(progress.endings)}, slowest ${progress.slowestMs.toFixed(0)} ms`,
    );
});
worker.on('error', (error: Error) => {
  console.error(error);
  fail('a program broke a promise');
});
worker.on('exit', (code) => {
  if (code !== 0 || last?.done !== input.programs) fail(`the worker ended with ${code}`);
  console.log(`no crash, no hang, no access to the host: seed ${input.seed}`);
  process.exit(0);
});

function fail(why: string): never {
  console.error(`${why}; seed ${input.seed}, after program ${last?.done ?? 0}`);
  process.exit(1);
}
