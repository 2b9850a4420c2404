import { readFileSync } from 'node:fs';
import type { TinyNode } from '@tinysystems/api';
import { readMoment } from './writes.ts';

/** What a cache process says when its cache is complete. */
export interface Synced {
  /** From before the client was made until the last of the first lists was in the cache. */
  readonly ms: number;
  readonly objects: number;
  /** The most memory the process had until then. */
  readonly peakMiB: number;
}

/** What a cache process says when asked how it does. */
export interface Watched {
  /** Of each change since it was last asked: from sending the write until the handler was called. */
  readonly latenciesMs: readonly number[];
  /** What is alive in the heap. */
  readonly heapMiB: number;
}

/** How a cache process talks to the benchmark that started it. */
export interface CacheReport {
  synced(objects: number): void;
  changed(node: TinyNode): void;
}

/** Starts the watch, and answers every message of the benchmark with a {@link Watched}. */
export function reportCache(): CacheReport {
  const startedMs = performance.now();
  let latenciesMs: number[] = [];
  process.on('message', () => {
    const { gc } = globalThis;
    if (gc === undefined) throw new Error('this process needs --expose-gc');
    gc();
    process.send?.({
      latenciesMs,
      heapMiB: process.memoryUsage().heapUsed / 2 ** 20,
    } satisfies Watched);
    latenciesMs = [];
  });
  return {
    synced: (objects) =>
      process.send?.({ ms: performance.now() - startedMs, objects, peakMiB: peakMiB() } satisfies Synced),
    changed: (node) => {
      const sentNs = readMoment(node);
      if (sentNs !== undefined) latenciesMs.push(Number(process.hrtime.bigint() - sentNs) / 1e6);
    },
  };
}

function peakMiB(): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
}
