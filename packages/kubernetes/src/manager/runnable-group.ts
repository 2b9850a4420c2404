import type { Logger } from '../logger.ts';
import type { Runnable } from '../runnable.ts';

/** What a {@link RunnableGroup} is made of. */
export interface RunnableGroupOptions {
  readonly name: string;
  readonly runnables: readonly Runnable[];
  readonly logger: Logger;
  /** Called when a runnable fails without having been asked to stop. */
  readonly onFailure: (error: Error) => void;
}

/** Runnables that start and stop together. */
export class RunnableGroup {
  readonly #options: RunnableGroupOptions;
  readonly #stop = new AbortController();
  readonly #running = new Map<Runnable, Promise<void>>();

  constructor(options: RunnableGroupOptions) {
    this.#options = options;
  }

  /** Those that have not ended yet. */
  get running(): readonly string[] {
    return [...this.#running.keys()].map(({ name }) => name);
  }

  /** Starts all of them, once. */
  start(): void {
    for (const runnable of this.#options.runnables) this.#running.set(runnable, this.#run(runnable));
  }

  /** Asks all of them to stop, and waits until they have. Never rejects. */
  async stop(reason: Error): Promise<void> {
    this.#stop.abort(reason);
    await Promise.all(this.#running.values());
  }

  async #run(runnable: Runnable): Promise<void> {
    const { logger, name: group, onFailure } = this.#options;
    const { name } = runnable;
    const { signal } = this.#stop;
    logger.debug({ runnable: name, group }, 'runnable started');
    try {
      await Promise.resolve(); // One that throws at once must not keep the others from starting.
      await runnable.run(signal);
      logger.debug({ runnable: name, group }, 'runnable ended');
    } catch (cause) {
      if (cause === signal.reason) return;
      if (signal.aborted)
        logger.warn({ runnable: name, group, err: cause }, 'runnable failed while stopping');
      else onFailure(new Error(`"${name}" failed: ${messageOf(cause)}`, { cause }));
    } finally {
      this.#running.delete(runnable);
    }
  }
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
