import { Registry, collectDefaultMetrics } from 'prom-client';

// A process has one heap and one event loop, and what watches them is never taken back: made once, however many modules run.
let figures: Registry | undefined;

/** Figures of the process: memory, CPU time, event loop, garbage collection. */
export function processFigures(): Registry {
  if (figures !== undefined) return figures;
  figures = new Registry();
  collectDefaultMetrics({ register: figures });
  return figures;
}
