import { type Clock as ChainClock, systemClock as chainClock } from '@tinysystems/core';
import { type Clock, type Timer, systemClock } from '@tinysystems/kubernetes';

/** Real time, so many times faster: what waits a minute with it waits a minute divided by `factor`. */
export class ScaledClock implements Clock {
  readonly #factor: number;

  constructor(factor: number) {
    this.#factor = factor;
  }

  now(): number {
    return systemClock.now();
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() * this.#factor;
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    return systemClock.setTimeout(run, delayMs / this.#factor);
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return systemClock.sleep(delayMs / this.#factor, signal);
  }
}

/** The same for what runs on the clock of chains: its timers are so many times faster. */
export function hurriedClock(factor: number): ChainClock {
  return { now: () => chainClock.now(), after: (delayMs, run) => chainClock.after(delayMs / factor, run) };
}
