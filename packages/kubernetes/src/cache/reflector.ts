import { Backoff } from '../backoff.ts';
import { ApiError } from '../client/api-error.ts';
import type { ResourceClient } from '../client/resource-client.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { KubernetesMetrics } from '../metrics.ts';
import type { KubeObject } from '../object.ts';
import type { Random } from '../random.ts';
import type { ObjectEvent } from '../watch/watch-event.ts';
import { failureOf, WatchAttempt } from './watch-attempt.ts';
import type { Failure, WatchEnd, WatchStart } from './watch-attempt.ts';

/** Pages keep the parsing of one answer short; 500 objects are a few milliseconds. */
const PAGE_SIZE = 500;
/** Even when a version is gone again at once; a list is the most expensive request there is. */
const MIN_LIST_INTERVAL_MS = 2_000;
/** Spreads the lists of many clients of a server that is back. */
const SPREAD_MS = 1_000;
const BACKOFF = { initialMs: 800, maxMs: 30_000, resetAfterMs: 120_000 };

/** What a server that is restarted or busy does to every watch: nobody must hear of the first time. */
const PASSING: ReadonlySet<Failure> = new Set(['gone', 'stalled', 'half_line', 'cut', 'busy', 'short']);

/** What lists and watches. Without `whenReachable` only time ends the wait for a server that is away. */
export type ListWatchClient<T extends KubeObject> = Pick<ResourceClient<T>, 'list' | 'watch'> &
  Partial<Pick<ResourceClient<T>, 'whenReachable'>>;

/** Who is told what the reflector sees. Calls must not throw. */
export interface ReflectorSink<T extends KubeObject> {
  /** A list begins. */
  listing?(): void;
  /** Reduces an object of a list as soon as its page is read: no list is ever in memory as it was sent. */
  prepare?(object: T): T;
  /** A complete list, of prepared objects, at a version. */
  replace(objects: readonly T[], resourceVersion: string): void;
  /** One event; events may repeat, but none is left out between two lists. */
  apply(event: ObjectEvent<T>): void;
  /** Everything up to this version has been given. */
  bookmark?(resourceVersion: string): void;
}

/** What a {@link Reflector} is made of. */
export interface ReflectorOptions<T extends KubeObject> {
  /** For metrics and logs. */
  readonly name: string;
  readonly client: ListWatchClient<T>;
  readonly sink: ReflectorSink<T>;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: KubernetesMetrics;
}

/** Where a reflector is: about to list, about to watch from a version, or waiting before either. */
export type ReflectorState = ReadyState | WaitState;

type ReadyState = { readonly phase: 'list' } | ({ readonly phase: 'watch' } & WatchStart);

interface WaitState {
  readonly phase: 'wait';
  readonly delayMs: number;
  /** Nobody answered: the wait ends as soon as somebody does. */
  readonly isAway?: boolean;
  readonly next: ReadyState;
}

/**
 * Keeps a sink equal to the server: lists once, then watches from there, for as long as it runs.
 * Any failure leads to another watch from the last version seen or, where that is not safe, to another list.
 *
 * | after                                   | comes                                                        |
 * | --------------------------------------- | ------------------------------------------------------------ |
 * | a list                                  | a watch from its version                                     |
 * | a planned end, a cut, a half line       | a watch from the last version                                |
 * | 429 or 5xx on opening                   | the same, later                                              |
 * | 75 s of silence                         | the same; a list the second time in a row                    |
 * | 410, garbage, another refusal           | a list, later                                                |
 * | a server that cannot be reached         | a list when it is back: its data may have been restored      |
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #backoff: Backoff;
  #listedMs = Number.NEGATIVE_INFINITY;
  /** When it was told that the server is back; nothing has worked since. */
  #wokenMs = Number.NEGATIVE_INFINITY;
  /** The failure that was logged last, until a list or watch works. */
  #logged: Failure | undefined;
  #failuresInARow = 0;

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
        return this.#afterWatch(
          await new WatchAttempt(this.#options, state, () => this.#works()).run(signal),
        );
      case 'wait':
        await this.#wait(state, signal);
        return state.next;
    }
  }

  async #wait({ delayMs, isAway = false }: WaitState, signal: AbortSignal): Promise<void> {
    const { clock, client } = this.#options;
    const enough = new AbortController();
    const waiting = AbortSignal.any([signal, enough.signal]);
    const waits = [clock.sleep(delayMs, waiting)];
    if (isAway && client.whenReachable !== undefined)
      waits.push(client.whenReachable(waiting).then(() => this.#isBack(waiting)));
    try {
      await Promise.race(waits);
    } finally {
      enough.abort();
      await Promise.allSettled(waits);
    }
  }

  #isBack(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    this.#wokenMs = clock.monotonicMs();
    this.#backoff.reset();
    return clock.sleep(random() * SPREAD_MS, signal);
  }

  async #list(signal: AbortSignal): Promise<ReflectorState> {
    const { name, metrics, sink, clock } = this.#options;
    metrics.increment('reflector_lists_total', { name });
    this.#listedMs = clock.monotonicMs();
    sink.listing?.();
    try {
      const { objects, resourceVersion } = await this.#listAll(signal);
      sink.replace(objects, resourceVersion);
      this.#works();
      return { phase: 'watch', resourceVersion, stalls: 0 };
    } catch (error) {
      signal.throwIfAborted();
      const failure = failureOf(error);
      this.#report('list', failure, error);
      return this.#later({ phase: 'list' }, error, failure === 'unreachable');
    }
  }

  /** All pages or nothing: what only some pages show must not look like a list. */
  async #listAll(signal: AbortSignal): Promise<{ objects: T[]; resourceVersion: string }> {
    const { client, labelSelector, fieldSelector, sink } = this.#options;
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
      for (const object of page.items) objects.push(sink.prepare?.(object) ?? object);
      token = page.metadata.continue || undefined;
      if (token === undefined) return { objects, resourceVersion: page.metadata.resourceVersion };
    }
  }

  #afterWatch({ error, failure, hasWorked, resourceVersion, stalls }: WatchEnd): ReflectorState {
    const resume: ReadyState = { phase: 'watch', resourceVersion, stalls };
    if (failure === undefined) return resume;
    this.#report('watch', failure, error);
    switch (failure) {
      case 'gone':
        return this.#listSoon(error);
      case 'garbled':
      case 'refused':
        return this.#later({ phase: 'list' }, error);
      case 'unreachable':
        return this.#later({ phase: 'list' }, error, true);
      case 'stalled':
        // A server whose data was restored may never reach our version: silence twice in a row asks for a list.
        return stalls < 2 ? resume : { phase: 'list' };
      case 'busy':
        return this.#later(resume, error);
      case 'cut':
      case 'half_line':
      case 'short':
        return hasWorked ? resume : this.#later(resume, error);
    }
  }

  #later(next: ReadyState, error: unknown, isAway = false): WaitState {
    const retryAfterMs = ApiError.is(error) ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(this.#backoff.nextMs(), retryAfterMs);
    // Whoever answers others but not us must not be asked more and more often.
    const isWakeable = this.#options.clock.monotonicMs() - this.#wokenMs > BACKOFF.maxMs;
    return { phase: 'wait', delayMs, isAway: isAway && isWakeable, next };
  }

  #listSoon(error: unknown): WaitState {
    const { clock, random } = this.#options;
    const wait = this.#later({ phase: 'list' }, error);
    const leftMs = this.#listedMs + MIN_LIST_INTERVAL_MS - clock.monotonicMs();
    return { ...wait, delayMs: Math.max(random() * wait.delayMs, leftMs) };
  }

  /** Counts every failure; says each kind once until something works again, and of what passes the second in a row. */
  #report(doing: 'list' | 'watch', reason: Failure, err: unknown): void {
    const { name, logger, metrics } = this.#options;
    metrics.increment('reflector_failures_total', { name, reason });
    const fields = { resource: name, doing, reason, err };
    // That a server is away concerns all of its resources, so its client says it.
    const isAway = reason === 'unreachable';
    if (!isAway) this.#failuresInARow += 1;
    const isFirst = PASSING.has(reason) && this.#failuresInARow === 1;
    if (isAway || isFirst || this.#logged === reason) return logger.debug(fields, 'list or watch failed');
    this.#logged = reason;
    logger.warn(fields, 'list or watch failed; trying again');
  }

  #works(): void {
    this.#wokenMs = Number.NEGATIVE_INFINITY;
    this.#failuresInARow = 0;
    if (this.#logged === undefined) return;
    this.#logged = undefined;
    this.#options.logger.info({ resource: this.#options.name }, 'list or watch works again');
  }
}
