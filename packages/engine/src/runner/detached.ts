import { type Clock, type Log, type TinyError, toTinyError } from '@tinysystems/core';
import type { NodeMeter } from '../metrics.ts';

/** How many detached emissions of one node run at once before the next one waits. */
export const MAX_DETACHED = 100;

/** How often a node's detached failures are reported as a Warning, milliseconds. */
const REPORT_EVERY_MS = 60_000;

/** What detached emissions tell the outside. */
export interface DetachedOptions {
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: NodeMeter;
  readonly warn: (reason: string, message: string) => void;
}

/** Emissions on the node's lifetime, which no message waits for. */
export class Detached {
  readonly #options: DetachedOptions;
  /** Made with the first of them: most nodes have none. */
  #running: Set<Promise<void>> | undefined;
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: DetachedOptions) {
    this.#options = options;
  }

  /** How many run, those aside that somebody waits for. */
  get count(): number {
    return this.#running?.size ?? 0;
  }

  /** Starts an emission; resolves at once while fewer than `max` run, else when this one has ended. Never rejects. */
  run(emission: () => Promise<unknown>, max: number, onFailure?: (error: TinyError) => void): Promise<void> {
    const running = this.#settle(emission(), onFailure);
    const all = (this.#running ??= new Set());
    if (all.size >= Math.min(max, MAX_DETACHED)) return running;
    const tracked = running.then(() => void all.delete(tracked));
    all.add(tracked);
    return DONE;
  }

  /** Waits for all that run now. */
  async drain(): Promise<void> {
    if (this.#running !== undefined) await Promise.all(this.#running);
  }

  async #settle(
    emission: Promise<unknown>,
    onFailure: ((error: TinyError) => void) | undefined,
  ): Promise<void> {
    try {
      await emission;
    } catch (thrown) {
      const error = toTinyError(thrown);
      if (onFailure === undefined) this.#report(error);
      else this.#tell(onFailure, error);
    }
  }

  /** A component's own callback must not end the process: nobody awaits it. */
  #tell(onFailure: (error: TinyError) => void, error: TinyError): void {
    const { node, log } = this.#options;
    try {
      onFailure(error);
    } catch (failure) {
      log.error({ node, code: error.code, err: failure }, 'a component failed to take a failed emission');
    }
  }

  #report(error: TinyError): void {
    const { node, clock, log, meter, warn } = this.#options;
    meter.detachedFailed(error.kind);
    if (clock.now() - this.#reportedAtMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs = clock.now();
    log.warn({ node, code: error.code, err: error }, 'a detached emission failed');
    warn('EmissionFailed', `a message that nobody waits for failed: ${error.message}`);
  }
}

const DONE = Promise.resolve();
