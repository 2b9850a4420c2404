/** Delays for things that fail: each failure of one key doubles its delay. */
export class RateLimiter {
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #failures = new Map<string, number>();

  /** Defaults: 5 ms, doubling, at most 1000 s. */
  constructor({
    initialMs = 5,
    maxMs = 1_000_000,
  }: { readonly initialMs?: number; readonly maxMs?: number } = {}) {
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
  }

  /** Counts a failure and returns the delay before the next try. */
  nextDelayMs(key: string): number {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    return Math.min(this.#initialMs * 2 ** failures, this.#maxMs);
  }

  /** Failures since the last {@link forget}. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The key succeeded, or is given up. */
  forget(key: string): void {
    this.#failures.delete(key);
  }
}
