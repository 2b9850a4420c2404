import { readFile } from 'node:fs/promises';
import { DevProcess } from '../e2e/dev-process.ts';
import { type Benchmark, type Measured, lessIsBetter } from './result.ts';

const IDLE_MS = 10_000;

/** Resident memory of each module process, ten seconds after the hello flow is ready. */
export const idleRss: Benchmark = {
  name: 'idle-rss',
  async run() {
    await using dev = await DevProcess.start();
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const rows: Measured[] = [];
    for (const module of ['common-module', 'http-module']) {
      const value = await rssMiB(await dev.pidOf(`${module}-0`));
      rows.push(lessIsBetter({ name: `idle-rss-${module}`, value, unit: 'MiB' }));
    }
    return rows;
  },
};

async function rssMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
