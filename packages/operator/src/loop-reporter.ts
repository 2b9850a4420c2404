import { sleep } from '@tinysystems/core';
import type { LoopWatch } from '@tinysystems/engine';
import type { Foundation } from './foundation.ts';

const REASON = 'EventLoopBlocked';
/** By then the loop has heard of the connections that servers have closed meanwhile: an Event over one would be lost. */
const TELL_AFTER_MS = 1000;

/** What a reporter works with. */
export type LoopReporterOptions = Pick<
  Foundation,
  'control' | 'caches' | 'namespace' | 'module' | 'recorder' | 'clock' | 'log'
>;

/** Names the node whose handler blocked the event loop, in a log line and an Event, as soon as the loop turns again. */
export class LoopReporter implements LoopWatch {
  readonly #foundation: LoopReporterOptions;
  #node: string | undefined;

  constructor(foundation: LoopReporterOptions) {
    this.#foundation = foundation;
  }

  get isBlocked(): boolean {
    return this.#foundation.control.isBlocked;
  }

  /** The first counts: those that come after it only run in the same turn of the loop. */
  blame(node: string): void {
    this.#node ??= node;
  }

  /** Begins to report. @returns a function that ends it. */
  start(): () => void {
    const stop = new AbortController();
    const end = this.#foundation.control.onUnblocked((durationMs) => {
      void this.#report(durationMs, stop.signal);
    });
    return () => {
      end();
      stop.abort();
    };
  }

  async #report(durationMs: number, signal: AbortSignal): Promise<void> {
    const { caches, namespace, module, recorder, clock, log } = this.#foundation;
    const node = this.#node;
    this.#node = undefined;
    const seconds = (durationMs / 1000).toFixed(1);
    const who = node === undefined ? 'something' : `a handler of node ${node}`;
    log.warn({ node, durationMs }, 'the event loop was blocked');
    await sleep(clock, TELL_AFTER_MS, signal).catch(() => signal.aborted); // a stop must not lose it
    const object =
      node === undefined
        ? caches.modules.lister.get(namespace, module.name)
        : caches.nodes.lister.get(namespace, node);
    if (object !== undefined)
      recorder.event(object, {
        type: 'Warning',
        reason: REASON,
        message: `${who} blocked the event loop for ${seconds} s, and nothing else of its process could run: divide the work, or move it to a worker thread`,
      });
  }
}
