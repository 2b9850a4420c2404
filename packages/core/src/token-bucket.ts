import type { Clock } from './clock.ts';

/** Lets so many through in a second, and so many at once when it was quiet before. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Pick<Clock, 'now'>;
  #tokens: number;
  #filledAtMs: number;

  constructor(options: {
    readonly perSecond: number;
    readonly burst: number;
    readonly clock: Pick<Clock, 'now'>;
  }) {
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#clock = options.clock;
    this.#tokens = options.burst;
    this.#filledAtMs = options.clock.now();
  }

  /** Whether one more may pass now. */
  take(): boolean {
    const nowMs = this.#clock.now();
    const gained = (Math.max(0, nowMs - this.#filledAtMs) / 1000) * this.#perSecond;
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
