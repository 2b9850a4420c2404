import type { Clock, Timer } from './clock.ts';

/** Lets one loop sleep until something happened. What happens between two waits is not missed. */
export class WakeUp {
  #isNotified = false;
  #wake: (() => void) | undefined;

  /** Ends the current wait, or the next one at once. */
  notify(): void {
    this.#isNotified = true;
    this.#wake?.();
  }

  /** Resolves when notified, after `maxMs` if given, and when `signal` aborts. */
  async wait(options: {
    readonly clock: Clock;
    readonly maxMs?: number;
    readonly signal: AbortSignal;
  }): Promise<void> {
    const { clock, maxMs, signal } = options;
    if (!this.#isNotified && !signal.aborted) {
      let timer: Timer | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', this.#wake, { once: true });
        if (maxMs !== undefined) timer = clock.setTimeout(resolve, Math.max(0, Math.ceil(maxMs)));
      });
      timer?.clear();
      if (this.#wake !== undefined) signal.removeEventListener('abort', this.#wake);
      this.#wake = undefined;
    }
    this.#isNotified = false;
  }
}
