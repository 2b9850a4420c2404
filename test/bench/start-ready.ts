import { DevProcess } from '../e2e/dev-process.ts';
import { type Benchmark, quantile } from './result.ts';

const RUNS = 5;

/** From the start of `tinysystems dev` to its ready block, in a folder where it ran before. */
export const startReady: Benchmark = {
  name: 'start-ready',
  async run() {
    await using first = await DevProcess.start();
    await first.interrupt();
    const times: number[] = [];
    for (let index = 0; index < RUNS; index += 1) {
      const startedMs = performance.now();
      await using again = await DevProcess.start({ folder: first.folder });
      times.push(performance.now() - startedMs);
      await again.interrupt();
    }
    const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
    return [
      {
        name: 'start-ready',
        value: p50,
        unit: 'ms',
        reference: null,
        referenceValue: null,
        ratio: null,
        p50,
        p99,
      },
    ];
  },
};
