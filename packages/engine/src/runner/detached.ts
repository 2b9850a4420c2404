import type { EngineMetrics } from '../metrics.ts';
import { type Clock, type Log, type TinyError, toTinyError } from '@tinysystems/core';

/** How many detached emissions of one node run at once before the next one waits. */
export const MAX_DETACHED = 100;

/** How often a node's detached failures are reported as a Warning, milliseconds. */
const REPORT_EVERY_MS = 60_000;

/** What detached emissions tell the outside. */
export interface DetachedOptions {
  readonly node: string;
  readonly component: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: EngineMetrics;
  readonly warn: (reason: string, message: string) => void;
}

/** Emissions on the node's lifetime, which no message waits for. */
export class Detached {
  readonly #options: DetachedOptions;
  readonly #running = new Set<Promise<void>>();
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: DetachedOptions) {
    this.#options = options;
  }

  /** Starts an emission; resolves at once while fewer than `max` run, else when this one has ended. */
  run(emission: () => Promise<unknown>, max: number, onFailure?: (error: TinyError) => void): Promise<void> {
    const isInline = this.#running.size >= Math.min(max, MAX_DETACHED);
    const running: Promise<void> = emission().then(
      () => undefined,
      (error: unknown) => (onFailure ?? ((failure) => this.#report(failure)))(toTinyError(error)),
    );
    if (isInline) return running;
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    return DONE;
  }

  /** Waits for all that run now. */
  async drain(): Promise<void> {
    await Promise.all(this.#running);
  }

  #report(error: TinyError): void {
    const { node, component, clock, log, metrics, warn } = this.#options;
    metrics.detachedFailed({ node, component }, error.kind);
    if (clock.now() - this.#reportedAtMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs = clock.now();
    log.warn({ node, code: error.code, err: error }, 'a detached emission failed');
    warn('EmissionFailed', `a message that nobody waits for failed: ${error.message}`);
  }
}

const DONE = Promise.resolve();

