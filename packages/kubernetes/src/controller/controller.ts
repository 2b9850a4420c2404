import type { Informer } from '../cache/informer.ts';
import { ApiError } from '../client/api-error.ts';
import { UnreachableError } from '../client/unreachable-error.ts';
import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { noMetrics } from '../metrics.ts';
import type { KubernetesMetrics } from '../metrics.ts';
import { keyOf } from '../object.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import type { Runnable } from '../runnable.ts';
import { startAttempt } from './attempt.ts';
import type { Outcome, Reconcile } from './attempt.ts';
import type { CacheEvent, Predicate } from './predicates.ts';
import { WorkQueue } from './work-queue.ts';
import type { AddOptions } from './work-queue.ts';

/** What is there when an informer starts, and what is only looked at again, waits behind what changes now. */
const RESYNC_PRIORITY = -100;

/** Failures of a key, after which more than half a minute passes before the next. */
const LOGGED_AGAIN_AFTER = 14;

/** What a {@link Controller} is made of. */
export interface ControllerOptions {
  /** For logs and metrics. */
  readonly name: string;
  /** Makes the world as the object `key` wants it, whatever happened before. Never runs twice at a time for one key. */
  readonly reconcile: Reconcile;
  /** Keys worked on at the same time. Default 8. */
  readonly workers?: number;
  /** After this the signal of a reconciliation aborts and it counts as failed. Default: no limit. */
  readonly reconcileTimeoutMs?: number;
  /** Errors that trying again cannot cure. The key then waits for its next event. Must not throw. Default: none. */
  readonly isTerminal?: (error: unknown) => boolean;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly metrics?: KubernetesMetrics;
}

/** Which changes of an informer concern a controller, and whom. */
export interface WatchedOptions<T extends KubeObject> {
  /** Default: every change. */
  readonly predicate?: Predicate<T>;
  /** The keys to reconcile for an object; asked for the old and the new state. Default: its own key. */
  readonly keys?: (object: T) => readonly ObjectKey[];
}

/**
 * Calls `reconcile` for every key that changed, until it succeeds. Failures are retried after 5 ms, doubling up to
 * 1000 s. May run again after it has stopped; it then begins with everything in its informers.
 */
export class Controller implements Runnable {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: KubernetesMetrics;
  readonly #sources: ((queue: WorkQueue) => () => void)[] = [];
  /** Keys asked for while it does not run. */
  readonly #early = new Map<ObjectKey, AddOptions>();
  #queue: WorkQueue | undefined;
  #activeWorkers = 0;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#metrics = options.metrics ?? noMetrics;
  }

  /** Reconciles what changes in an informer's cache. The informer is run by somebody else. */
  watch<T extends KubeObject>(informer: Pick<Informer<T>, 'onEvent'>, options: WatchedOptions<T> = {}): this {
    const { predicate = () => true, keys = (object: T) => [keyOf(object)] } = options;
    this.#sources.push((queue) => {
      const enqueue = (event: CacheEvent<T>, priority: number): void => {
        if (!predicate(event)) return;
        const objects = event.type === 'update' ? [event.old, event.object] : [event.object];
        for (const key of new Set(objects.flatMap(keys))) queue.add(key, { priority });
      };
      return informer.onEvent({
        add: (object, isInitial) => enqueue({ type: 'add', object }, isInitial ? RESYNC_PRIORITY : 0),
        update: (object, old) => enqueue({ type: 'update', object, old }, 0),
        delete: (object) => enqueue({ type: 'delete', object }, 0),
      });
    });
    return this;
  }

  /** Asks for a reconciliation of `key`, now or later; before `run` it is remembered. */
  enqueue(key: ObjectKey, options: AddOptions = {}): void {
    if (this.#queue === undefined) this.#early.set(key, options);
    else this.#queue.add(key, options);
  }

  /** Works until `signal` aborts; then waits for the reconciliations under way, whose signal aborts too. */
  async run(signal: AbortSignal): Promise<void> {
    const { workers = 8 } = this.#options;
    using queue = new WorkQueue({ name: this.name, clock: this.#clock, metrics: this.#metrics });
    using cleanUp = new DisposableStack();
    this.#registerGauges(workers).forEach((unregister) => cleanUp.defer(unregister));
    this.#queue = queue;
    cleanUp.defer(() => (this.#queue = undefined));
    for (const [key, options] of this.#early) queue.add(key, options);
    this.#early.clear();
    for (const start of this.#sources) cleanUp.defer(start(queue));
    await Promise.all(Array.from({ length: workers }, () => this.#work(queue, signal)));
  }

  async #work(queue: WorkQueue, signal: AbortSignal): Promise<void> {
    for (let key = await queue.take(signal); key !== undefined; key = await queue.take(signal)) {
      this.#activeWorkers += 1;
      await this.#process(queue, key, signal).finally(() => (this.#activeWorkers -= 1));
    }
  }

  /** Returns when the worker is free again. That is before the key is, if its reconciliation ignores its timeout. */
  async #process(queue: WorkQueue, key: ObjectKey, signal: AbortSignal): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    const attempt = startAttempt({ ...this.#options, clock: this.#clock, key, signal });
    const outcome = await attempt.outcome;
    const durationMs = this.#clock.monotonicMs() - startedMs;
    this.#metrics.observe('controller_runtime_reconcile_time_seconds', this.#labels, durationMs / 1000);
    if (!signal.aborted) this.#settle(queue, key, outcome);
    if (outcome.type !== 'timeout') return queue.done(key);
    void attempt.ended.then(() => queue.done(key));
  }

  #settle(queue: WorkQueue, key: ObjectKey, outcome: Outcome): void {
    if (outcome.type === 'success') {
      const { requeueAfterMs } = outcome;
      this.#count(requeueAfterMs === undefined ? 'success' : 'requeue_after');
      queue.forget(key);
      if (requeueAfterMs !== undefined)
        queue.add(key, { delayMs: requeueAfterMs, priority: RESYNC_PRIORITY });
      return;
    }
    const { error: err } = outcome;
    this.#count('error');
    this.#metrics.increment('controller_runtime_reconcile_errors_total', this.#labels);
    if (outcome.type === 'timeout')
      this.#metrics.increment('controller_runtime_reconcile_timeouts_total', this.#labels);
    if (isProgrammingError(err))
      this.#metrics.increment('controller_runtime_reconcile_panics_total', this.#labels);
    if (this.#options.isTerminal?.(err)) {
      this.#metrics.increment('controller_runtime_terminal_reconcile_errors_total', this.#labels);
      queue.forget(key);
      this.#logger.error({ controller: this.name, key, err }, 'reconciliation failed for good');
      return;
    }
    queue.addRateLimited(key, { minDelayMs: ApiError.is(err) ? (err.retryAfterMs ?? 0) : 0 });
    this.#logRetry(key, queue.failures(key), err);
  }

  /** The first failures of a key come in quick succession: the first is said, then each that is followed by a long wait. */
  #logRetry(key: ObjectKey, attempt: number, err: unknown): void {
    const fields = { controller: this.name, key, attempt, err };
    const isTold = attempt > 1 && attempt < LOGGED_AGAIN_AFTER;
    // That a server is away concerns every key, so its client says it.
    const level = isTold || UnreachableError.is(err) ? 'debug' : 'warn';
    this.#logger[level](fields, 'reconciliation failed; trying again');
  }

  #count(result: 'success' | 'requeue_after' | 'error'): void {
    this.#metrics.increment('controller_runtime_reconcile_total', { controller: this.name, result });
  }

  get #labels(): { readonly controller: string } {
    return { controller: this.name };
  }

  #registerGauges(workers: number): (() => void)[] {
    return [
      this.#metrics.gauge('controller_runtime_max_concurrent_reconciles', this.#labels, () => workers),
      this.#metrics.gauge('controller_runtime_active_workers', this.#labels, () => this.#activeWorkers),
    ];
  }
}

const PROGRAMMING_ERRORS: readonly string[] = ['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError'];

/** What Go would call a panic. By name, because errors of another realm are no instances of ours. */
function isProgrammingError(error: unknown): boolean {
  const name = (error as { readonly name?: unknown } | undefined | null)?.name;
  return typeof name !== 'string' || PROGRAMMING_ERRORS.includes(name);
}
