import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';

/** How often the server is asked while somebody waits for it. */
const ASK_EVERY_MS = 1_000;
const ANSWER_WITHIN_MS = 5_000;

/** What a {@link Reachability} works with. */
export interface ReachabilityOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** A small request that any user may make. Whether it was answered is told by {@link Reachability.answered}. */
  readonly ask: (signal: AbortSignal) => Promise<unknown>;
}

/**
 * Tells everyone who waits for a server that it is back, and the log once that it is away and once that it is back.
 * One request a second, however many wait; none while nobody does.
 */
export class Reachability {
  readonly #options: ReachabilityOptions;
  readonly #waiting = new Set<() => void>();
  #asking = new AbortController();
  #isAway = false;

  constructor(options: ReachabilityOptions) {
    this.#options = options;
  }

  /** For somebody who got no answer: resolves when the server answers; rejects with the signal's reason. */
  async whenBack(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#isAway) this.#options.logger.warn({}, 'the API server cannot be reached');
    this.#isAway = true;
    const back = Promise.withResolvers<void>();
    const onAbort = (): void => back.reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.add(back.resolve);
    if (this.#waiting.size === 1) this.#start();
    try {
      await back.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#waiting.delete(back.resolve);
      if (this.#waiting.size === 0) this.#asking.abort();
    }
  }

  /** The server answered somebody. */
  answered(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#options.logger.info({}, 'the API server answers again');
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#asking.abort();
    for (const wake of waiting) wake();
  }

  #start(): void {
    this.#asking = new AbortController();
    void this.#askUntilBack(this.#asking.signal);
  }

  async #askUntilBack(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    while (!signal.aborted) {
      await clock
        .sleep(ASK_EVERY_MS, signal)
        .then(() => this.#ask(signal))
        .catch((err: unknown) => signal.aborted || logger.debug({ err }, 'the API server is still away'));
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const timeout = new AbortController();
    const timer = this.#options.clock.setTimeout(
      () => timeout.abort(new Error('no answer in time')),
      ANSWER_WITHIN_MS,
    );
    await this.#options.ask(AbortSignal.any([signal, timeout.signal])).finally(() => timer.clear());
  }
}
