import { sleepOn } from '../src/clock.ts';
import type { Clock, Timer } from '../src/clock.ts';

interface Pending {
  readonly dueMs: number;
  readonly run: () => void;
}

/** Time that moves only by {@link advance}. */
export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #pending = new Set<Pending>();

  now(): number {
    return Date.UTC(2030, 0, 1) + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Timers that wait; 0 after everything was stopped. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    const pending = { run, dueMs: this.#nowMs + delayMs };
    this.#pending.add(pending);
    return { clear: () => void this.#pending.delete(pending) };
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }

  /** Runs every timer due within `ms`, in order, and lets all promises settle in between. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#pending.delete(next);
      next.run();
      await settle();
    }
    this.#nowMs = endMs;
  }

  #next(endMs: number): Pending | undefined {
    const due = [...this.#pending].filter((pending) => pending.dueMs <= endMs);
    return due.sort((a, b) => a.dueMs - b.dueMs)[0];
  }
}

/** Lets everything that waits for nothing but promises go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
