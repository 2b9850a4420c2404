import { type Background, type Clock, type Log, type TinyError, sleep, toTinyError } from '@tinysystems/core';

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 30_000;
/** Work that ran this long before it failed starts again after the first delay. */
const CALM_MS = 60_000;

/** What a supervisor of background work is told. */
export interface SupervisorOptions {
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with a failure, and with `undefined` when the work runs again. */
  readonly onProblem: (problem: TinyError | undefined) => void;
}

/** Keeps one background work running until disposed: again after a failure with back-off, not after it returned. */
export class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions;
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;

  constructor(work: Background, options: SupervisorOptions) {
    this.#options = options;
    this.#loop = this.#supervise(work);
  }

  get isAborted(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Tells the work to end, and does not wait for it. */
  abort(): void {
    this.#stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
    await this.#loop;
  }

  async #supervise(work: Background): Promise<void> {
    const { node, clock, log, onProblem } = this.#options;
    const { signal } = this.#stop;
    for (let delayMs = FIRST_DELAY_MS; !signal.aborted; delayMs = Math.min(MAX_DELAY_MS, delayMs * 2)) {
      const startedMs = clock.now();
      try {
        await work.run(signal);
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        const error = toTinyError(thrown);
        if (clock.now() - startedMs >= CALM_MS) delayMs = FIRST_DELAY_MS;
        log.warn({ node, err: error, delayMs }, 'background work failed and starts again');
        onProblem(error);
      }
      await sleep(clock, delayMs, signal).catch((reason: unknown) =>
        log.debug({ node, reason }, 'background work ends'),
      );
      if (!signal.aborted) onProblem(undefined);
    }
  }
}
