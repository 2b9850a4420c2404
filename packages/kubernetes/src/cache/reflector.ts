import { Backoff } from '../backoff.ts';
import { ApiError } from '../client/api-error.ts';
import type { ResourceClient } from '../client/resource-client.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { KubernetesMetrics } from '../metrics.ts';
import type { KubeObject } from '../object.ts';
import type { Random } from '../random.ts';
import { GarbledWatchError } from '../watch/garbled-watch-error.ts';
import type { ObjectEvent } from '../watch/watch-event.ts';

/** Pages keep the parsing of one answer short; 500 objects are a few milliseconds. */
const PAGE_SIZE = 500;
/** A random time in this range spreads the reconnections of many clients. */
const WATCH_TIMEOUT_S = { min: 300, max: 600 };
/** Servers send a bookmark about once a minute, so longer silence means the connection is dead. */
const STALL_AFTER_MS = 75_000;
/** A watch that ends sooner did not work, whatever the server says. */
const SHORT_WATCH_MS = 1_000;
const BACKOFF = { initialMs: 800, maxMs: 30_000, resetAfterMs: 120_000 };

/** Who is told what the reflector sees. Calls must not throw. */
export interface ReflectorSink<T extends KubeObject> {
  /** A complete list. */
  replace(objects: readonly T[]): void;
  /** One event; events may repeat, but none is left out between two lists. */
  apply(event: ObjectEvent<T>): void;
}

/** What a {@link Reflector} is made of. */
export interface ReflectorOptions<T extends KubeObject> {
  /** For metrics and logs. */
  readonly name: string;
  readonly client: Pick<ResourceClient<T>, 'list' | 'watch'>;
  readonly sink: ReflectorSink<T>;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: KubernetesMetrics;
}

/** Where a reflector is: about to list, about to watch from a version, or waiting before either. */
export type ReflectorState =
  ReadyState | { readonly phase: 'wait'; readonly delayMs: number; readonly next: ReadyState };

type ReadyState =
  | { readonly phase: 'list' }
  | { readonly phase: 'watch'; readonly resourceVersion: string; readonly stalls: number };

/** Why a list or watch ended without being asked to; a label of `reflector_failures_total`. */
type Failure = 'gone' | 'stalled' | 'garbled' | 'refused' | 'unreachable' | 'short';

/**
 * Keeps a sink equal to the server: lists once, then watches from there, for as long as it runs.
 * Any failure leads to another watch from the last version seen or, where that is not safe, to another list.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #backoff: Backoff;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#backoff = new Backoff({ ...BACKOFF, clock: options.clock, random: options.random });
  }

  /** Runs until `signal` aborts, then resolves. Never rejects because of the server. */
  async run(signal: AbortSignal): Promise<void> {
    let state: ReflectorState = { phase: 'list' };
    while (!signal.aborted) {
      try {
        state = await this.#step(state, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  async #step(state: ReflectorState, signal: AbortSignal): Promise<ReflectorState> {
    switch (state.phase) {
      case 'list':
        return this.#list(signal);
      case 'watch':
        return new WatchAttempt(this.#options, state).run(signal).then((end) => this.#afterWatch(end));
      case 'wait':
        await this.#options.clock.sleep(state.delayMs, signal);
        return state.next;
    }
  }

  async #list(signal: AbortSignal): Promise<ReflectorState> {
    const { name, metrics, sink } = this.#options;
    metrics.increment('reflector_lists_total', { name });
    try {
      const { objects, resourceVersion } = await this.#listAll(signal);
      sink.replace(objects);
      return { phase: 'watch', resourceVersion, stalls: 0 };
    } catch (error) {
      signal.throwIfAborted();
      this.#report('list', failureOf(error), error);
      return { phase: 'wait', delayMs: this.#delayMs(error), next: { phase: 'list' } };
    }
  }

  /** All pages or nothing: what only some pages show must not look like a list. */
  async #listAll(signal: AbortSignal): Promise<{ objects: T[]; resourceVersion: string }> {
    const { client, labelSelector, fieldSelector } = this.#options;
    const objects: T[] = [];
    let token: string | undefined;
    for (;;) {
      const page = await client.list({
        labelSelector,
        fieldSelector,
        limit: PAGE_SIZE,
        continue: token,
        signal,
      });
      for (const object of page.items) objects.push(object);
      token = page.metadata.continue || undefined;
      if (token === undefined) return { objects, resourceVersion: page.metadata.resourceVersion };
    }
  }

  #afterWatch(end: WatchEnd): ReflectorState {
    const { error, failure } = end;
    const resume: ReadyState = { phase: 'watch', resourceVersion: end.resourceVersion, stalls: end.stalls };
    if (failure === undefined) return resume;
    this.#report('watch', failure, error);
    switch (failure) {
      case 'gone':
        return {
          phase: 'wait',
          delayMs: this.#options.random() * this.#delayMs(error),
          next: { phase: 'list' },
        };
      case 'garbled':
      case 'refused':
        return { phase: 'wait', delayMs: this.#delayMs(error), next: { phase: 'list' } };
      case 'stalled':
        // A server whose data was restored may never reach our version: silence twice in a row asks for a list.
        return end.stalls < 2 ? resume : { phase: 'list' };
      case 'unreachable':
      case 'short':
        return end.wasCut ? resume : { phase: 'wait', delayMs: this.#delayMs(error), next: resume };
    }
  }

  #delayMs(error: unknown): number {
    const retryAfterMs = ApiError.is(error) ? (error.retryAfterMs ?? 0) : 0;
    return Math.max(this.#backoff.nextMs(), retryAfterMs);
  }

  #report(doing: 'list' | 'watch', reason: Failure, err: unknown): void {
    const { name, logger, metrics } = this.#options;
    metrics.increment('reflector_failures_total', { name, reason });
    logger.warn({ resource: name, doing, reason, err }, 'list or watch failed; trying again');
  }
}

/** How one watch ended; no `failure` when the server ended it as planned. */
interface WatchEnd {
  readonly resourceVersion: string;
  readonly failure?: Failure;
  readonly error?: unknown;
  /** It had worked when the connection broke, so the next one probably will. */
  readonly wasCut: boolean;
  /** Watches in a row that were silent until given up. */
  readonly stalls: number;
}

/** One watch from its opening to its end. */
class WatchAttempt<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #startedMs: number;
  readonly #stalled = new AbortController();
  readonly #earlierStalls: number;
  #resourceVersion: string;
  #events = 0;

  constructor(
    options: ReflectorOptions<T>,
    from: { readonly resourceVersion: string; readonly stalls: number },
  ) {
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
    this.#resourceVersion = from.resourceVersion;
    this.#earlierStalls = from.stalls;
  }

  async run(signal: AbortSignal): Promise<WatchEnd> {
    this.#options.metrics.increment('reflector_watches_total', { name: this.#options.name });
    let alarm = this.#armAlarm();
    try {
      for await (const event of this.#open(AbortSignal.any([signal, this.#stalled.signal]))) {
        alarm.clear();
        alarm = this.#armAlarm();
        this.#events += 1;
        if (event.type !== 'BOOKMARK') this.#options.sink.apply(event);
        this.#resourceVersion = event.object.metadata.resourceVersion || this.#resourceVersion;
      }
      return this.#end(this.#isShort() ? 'short' : undefined);
    } catch (error) {
      signal.throwIfAborted();
      return this.#end(this.#stalled.signal.aborted ? 'stalled' : failureOf(error), error);
    } finally {
      alarm.clear();
    }
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
    });
  }

  #armAlarm(): Timer {
    return this.#options.clock.setTimeout(
      () => this.#stalled.abort(new Error(`the watch was silent for ${STALL_AFTER_MS} ms`)),
      STALL_AFTER_MS,
    );
  }

  #isShort(): boolean {
    return this.#options.clock.monotonicMs() - this.#startedMs < SHORT_WATCH_MS;
  }

  #end(failure: Failure | undefined, error?: unknown): WatchEnd {
    return {
      resourceVersion: this.#resourceVersion,
      ...(failure === undefined ? {} : { failure, error }),
      wasCut: !ApiError.is(error) && this.#events > 0 && !this.#isShort(),
      stalls: failure === 'stalled' && this.#events === 0 ? this.#earlierStalls + 1 : 0,
    };
  }
}

/** Answers that say "later" rather than "no": the version watched from is still good. */
const BUSY_CODES: readonly number[] = [429, 503, 504];

function failureOf(error: unknown): Failure {
  if (ApiError.isGone(error)) return 'gone';
  if (GarbledWatchError.is(error)) return 'garbled';
  if (ApiError.is(error) && !BUSY_CODES.includes(error.code)) return 'refused';
  return 'unreachable';
}
