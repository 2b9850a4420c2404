import { ApiError } from '../client/api-error.ts';
import type { ResourceClient } from '../client/resource-client.ts';
import { UnreachableError } from '../client/unreachable-error.ts';
import type { Timer } from '../clock.ts';
import type { KubeObject } from '../object.ts';
import { GarbledWatchError } from '../watch/garbled-watch-error.ts';
import type { ReflectorOptions } from './reflector.ts';

/** A random time in this range spreads the reconnections of many clients. */
const WATCH_TIMEOUT_S = { min: 300, max: 600 };
/** Servers send a bookmark about once a minute, so longer silence means the connection is dead. */
const STALL_AFTER_MS = 75_000;
/** A watch that ends sooner, and without news, did not work, whatever the server says. */
const SHORT_WATCH_MS = 1_000;

/**
 * Why a list or watch ended without being asked to; a label of `reflector_failures_total`.
 * `gone`: the version is not known any more. `stalled`: nothing came. `garbled`: no event came, but something else.
 * `half_line`, `cut`: the connection broke. `busy`, `refused`: the server said later, or no. `unreachable`: it said
 * nothing. `short`: it ended a watch at once.
 */
export type Failure =
  'gone' | 'stalled' | 'garbled' | 'half_line' | 'cut' | 'busy' | 'refused' | 'unreachable' | 'short';

/** Where a watch begins. */
export interface WatchStart {
  readonly resourceVersion: string;
  /** Watches in a row before it that were silent until given up. */
  readonly stalls: number;
}

/** How a watch ended; no `failure` when the server ended it as planned. */
export interface WatchEnd extends WatchStart {
  readonly failure?: Failure;
  readonly error?: unknown;
  /** It got on, or was open for a while, so the next watch will probably work. */
  readonly hasWorked: boolean;
}

/** One watch from its opening to its end. */
export class WatchAttempt<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #startedMs: number;
  readonly #stalled = new AbortController();
  readonly #from: WatchStart;
  readonly #onWorks: () => void;
  #resourceVersion: string;
  #events = 0;
  #isOpen = false;
  /** Of an open watch that has brought nothing yet. */
  #proof: Timer | undefined;

  /** @param onWorks - called once the watch has brought something, or is open for a second. */
  constructor(options: ReflectorOptions<T>, from: WatchStart, onWorks: () => void) {
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
    this.#resourceVersion = from.resourceVersion;
    this.#from = from;
    this.#onWorks = onWorks;
  }

  /** Hands events to the sink until the watch ends. Rejects only with the reason of `signal`. */
  async run(signal: AbortSignal): Promise<WatchEnd> {
    this.#options.metrics.increment('reflector_watches_total', { name: this.#options.name });
    let alarm = this.#armAlarm();
    try {
      for await (const event of this.#open(AbortSignal.any([signal, this.#stalled.signal]))) {
        alarm.clear();
        alarm = this.#armAlarm();
        this.#events += 1;
        if (this.#events === 1) this.#prove();
        this.#resourceVersion = event.object.metadata.resourceVersion || this.#resourceVersion;
        if (event.type !== 'BOOKMARK') this.#options.sink.apply(event);
        else this.#options.sink.bookmark?.(this.#resourceVersion);
      }
      return this.#end(this.#hasWorked() ? undefined : 'short');
    } catch (error) {
      signal.throwIfAborted();
      return this.#end(this.#stalled.signal.aborted ? 'stalled' : this.#failureOf(error), error);
    } finally {
      alarm.clear();
      this.#proof?.clear();
    }
  }

  #prove(): void {
    this.#proof?.clear();
    this.#onWorks();
  }

  #open(signal: AbortSignal): ReturnType<ResourceClient<T>['watch']> {
    const { client, labelSelector, fieldSelector, random } = this.#options;
    const { min, max } = WATCH_TIMEOUT_S;
    return client.watch({
      resourceVersion: this.#resourceVersion,
      labelSelector,
      fieldSelector,
      timeoutSeconds: Math.round(min + random() * (max - min)),
      signal,
      onOpen: () => {
        this.#isOpen = true;
        this.#proof = this.#options.clock.setTimeout(() => this.#onWorks(), SHORT_WATCH_MS);
      },
    });
  }

  #armAlarm(): Timer {
    return this.#options.clock.setTimeout(
      () => this.#stalled.abort(new Error(`the watch was silent for ${STALL_AFTER_MS} ms`)),
      STALL_AFTER_MS,
    );
  }

  #hasWorked(): boolean {
    const isLong = this.#options.clock.monotonicMs() - this.#startedMs >= SHORT_WATCH_MS;
    return isLong || this.#resourceVersion !== this.#from.resourceVersion;
  }

  #failureOf(error: unknown): Failure {
    const failure = failureOf(error);
    if (!this.#isOpen) return failure;
    // What a server says within an open watch is about the watch, not about how busy the server is.
    if (failure === 'busy') return 'refused';
    return failure === 'unreachable' ? 'cut' : failure;
  }

  #end(failure: Failure | undefined, error?: unknown): WatchEnd {
    return {
      resourceVersion: this.#resourceVersion,
      ...(failure === undefined ? {} : { failure, error }),
      hasWorked: this.#hasWorked(),
      stalls: failure === 'stalled' && this.#events === 0 ? this.#from.stalls + 1 : 0,
    };
  }
}

/** What a failed request means. */
export function failureOf(error: unknown): Failure {
  if (ApiError.isGone(error)) return 'gone';
  if (ApiError.is(error)) return error.code === 429 || error.code >= 500 ? 'busy' : 'refused';
  if (UnreachableError.is(error)) return 'unreachable';
  return GarbledWatchError.is(error) && error.isHalfLine ? 'half_line' : 'garbled';
}
