import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, lessIsBetter, median } from './result.ts';

const RUNS = 5;
const READY_TIMEOUT_MS = 60_000;

/** From typing `npm start` to its ready block, in a folder where it ran before. */
export const startReady: Benchmark = {
  name: 'start-ready',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'tinysystems-bench-'));
    try {
      await start(folder);
      const times: number[] = [];
      for (let index = 0; index < RUNS; index += 1) times.push(await start(folder));
      return [lessIsBetter({ name: 'start-ready', value: median(times), unit: 'ms', timesMs: times })];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Starts it as a person does, presses Ctrl-C when it is ready, and says how long that took. */
async function start(data: string): Promise<number> {
  const startedMs = performance.now();
  // A group of its own, so that the interrupt reaches all that npm starts, as a terminal's would.
  const child = spawn('npm', ['start', '--', '--listen', '127.0.0.1:0', '--data', data], { detached: true });
  const ended = once(child, 'exit');
  try {
    await whenReady(child.stdout);
    return performance.now() - startedMs;
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    await ended;
  }
}

async function whenReady(stdout: NodeJS.ReadableStream): Promise<void> {
  let text = '';
  const late = AbortSignal.timeout(READY_TIMEOUT_MS);
  for await (const [chunk] of on(stdout, 'data', { signal: late, close: ['end'] })) {
    text += String(chunk);
    if (text.includes('TinySystems is ready')) return;
    if (text.includes('not everything is ready')) break;
  }
  throw new Error(`npm start did not become ready:\n${text}`);
}
