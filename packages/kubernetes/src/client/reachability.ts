import type { Clock } from '../clock.ts';
import { ApiError } from './api-error.ts';

/** How often the server is asked while somebody waits for it; as often as leases are looked at elsewhere. */
const ASK_EVERY_MS = 2_000;
const ANSWER_WITHIN_MS = 5_000;

/** What a {@link Reachability} works with. */
export interface ReachabilityOptions {
  readonly clock: Clock;
  /** A small request that any user may make. */
  readonly ask: (signal: AbortSignal) => Promise<unknown>;
}

/** Tells everyone who waits for a server that it is back. One request every 2 s, however many wait; none while nobody does. */
export class Reachability {
  readonly #options: ReachabilityOptions;
  readonly #waiting = new Set<() => void>();
  #asking = new AbortController();

  constructor(options: ReachabilityOptions) {
    this.#options = options;
  }

  /** Resolves when the server answers; rejects with the signal's reason. */
  async whenBack(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
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

  #start(): void {
    this.#asking = new AbortController();
    void this.#askUntilBack(this.#asking.signal);
  }

  async #askUntilBack(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isBack = await this.#pause(signal)
        .then(() => this.#ask(signal))
        .then(() => true, isAnswer);
      if (!isBack || signal.aborted) continue;
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const wake of waiting) wake();
      return;
    }
  }

  #pause(signal: AbortSignal): Promise<void> {
    return this.#options.clock.sleep(ASK_EVERY_MS, signal);
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

/** A refusal is an answer too, but not that of a proxy without a server, or of one that is still starting. */
function isAnswer(error: unknown): boolean {
  return ApiError.is(error) && error.code < 500;
}
