import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

/** How a {@link Backoff} grows. */
export interface BackoffOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly initialMs: number;
  readonly maxMs: number;
  /** After this long without a failure the next delay is `initialMs` again. */
  readonly resetAfterMs: number;
}

/** Doubling delays for one thing that fails now and then; forgets by itself after a quiet time. */
export class Backoff {
  readonly #options: BackoffOptions;
  #nextMs: number;
  #lastUsedMs = Number.NEGATIVE_INFINITY;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#nextMs = options.initialMs;
  }

  /** The delay before the next try: doubled each time, between 1 and 2 times that by jitter, at most `maxMs`. */
  nextMs(): number {
    const { clock, random, initialMs, maxMs, resetAfterMs } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#lastUsedMs > resetAfterMs) this.#nextMs = initialMs;
    this.#lastUsedMs = nowMs;
    const delayMs = this.#nextMs * (1 + random());
    this.#nextMs = Math.min(this.#nextMs * 2, maxMs);
    return Math.min(delayMs, maxMs);
  }

  /** The next delay is `initialMs` again: what failed is not what it was. */
  reset(): void {
    this.#nextMs = this.#options.initialMs;
  }
}
