import { systemClock } from '../clock.ts';
import type { Clock, Timer } from '../clock.ts';
import { noMetrics } from '../metrics.ts';
import type { KubernetesMetrics } from '../metrics.ts';
import { DelayedKeys } from './delayed-keys.ts';
import { RateLimiter } from './rate-limiter.ts';
import { ReadyKeys } from './ready-keys.ts';

/** How a key is added. */
export interface AddOptions {
  /** Not before this. Default 0. */
  readonly delayMs?: number | undefined;
  /** Higher goes first. Default 0. */
  readonly priority?: number | undefined;
}

/** What a {@link WorkQueue} is made of. */
export interface WorkQueueOptions {
  /** For metrics. */
  readonly name: string;
  readonly clock?: Clock;
  readonly metrics?: KubernetesMetrics;
  readonly rateLimiter?: RateLimiter;
}

/** The longest delay one timer can hold. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Keys that need work. A key is in it once however often it is added, is handed to one worker at a time, and comes
 * back when it was added while being worked on. It is bounded by the number of different keys.
 */
export class WorkQueue implements Disposable {
  readonly #clock: Clock;
  readonly #metrics: KubernetesMetrics;
  readonly #name: string;
  readonly #limiter: RateLimiter;
  readonly #ready = new ReadyKeys();
  readonly #delayed = new DelayedKeys();
  readonly #delayedPriority = new Map<string, number>();
  readonly #addedMs = new Map<string, number>();
  readonly #startedMs = new Map<string, number>();
  /** Added while being worked on, with their priority. */
  readonly #dirty = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  readonly #gauges: readonly (() => void)[];
  #timer: Timer | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #isShutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#metrics = options.metrics ?? noMetrics;
    this.#name = options.name;
    this.#limiter = options.rateLimiter ?? new RateLimiter();
    this.#gauges = this.#registerGauges();
  }

  /** Keys that a worker could take now. */
  get length(): number {
    return this.#ready.size;
  }

  /** Adds a key, now or later. Adding it again keeps the earlier time and the higher priority. */
  add(key: string, { delayMs = 0, priority = 0 }: AddOptions = {}): void {
    if (this.#isShutDown) return;
    if (delayMs > 0) this.#addDelayed(key, this.#clock.monotonicMs() + delayMs, priority);
    else this.#addNow(key, priority);
  }

  /** Adds a key again after a failure: 5 ms later, doubling with each failure up to 1000 s, or `minDelayMs` if longer. */
  addRateLimited(key: string, { minDelayMs = 0, priority = 0 } = {}): void {
    this.#metrics.increment('workqueue_retries_total', { name: this.#name });
    this.add(key, { delayMs: Math.max(this.#limiter.nextDelayMs(key), minDelayMs), priority });
  }

  /** Forgets the failures of a key. */
  forget(key: string): void {
    this.#limiter.forget(key);
  }

  /** Failures of a key since it was last forgotten. */
  failures(key: string): number {
    return this.#limiter.failures(key);
  }

  /**
   * Waits for a key and hands it to the caller, who must call {@link done}.
   *
   * @returns `undefined` once the queue is shut down or `signal` aborts.
   */
  async take(signal: AbortSignal): Promise<string | undefined> {
    while (!this.#isShutDown && !signal.aborted) {
      const key = this.#ready.take();
      if (key !== undefined) return this.#start(key);
      await this.#wakeUp(signal);
    }
    if (this.length > 0) this.#wakeOne(); // The wake-up meant for this caller is not lost.
    return undefined;
  }

  /** The work on a key ended. */
  done(key: string): void {
    const startedMs = this.#startedMs.get(key);
    if (startedMs === undefined) return;
    this.#startedMs.delete(key);
    this.#observe('workqueue_work_duration_seconds', startedMs);
    const priority = this.#dirty.get(key);
    this.#dirty.delete(key);
    if (priority !== undefined && !this.#isShutDown) this.#makeReady(key, priority);
  }

  /** Drops all keys, refuses new ones and ends all waiting. */
  [Symbol.dispose](): void {
    this.#isShutDown = true;
    this.#timer?.clear();
    this.#delayed.clear();
    this.#delayedPriority.clear();
    this.#ready.clear();
    this.#addedMs.clear();
    this.#dirty.clear();
    for (const unregister of this.#gauges) unregister();
    for (const wake of [...this.#waiting]) wake();
  }

  #addNow(key: string, priority: number): void {
    this.#metrics.increment('workqueue_adds_total', { name: this.#name });
    const highest = Math.max(priority, this.#delayedPriority.get(key) ?? priority);
    this.#delayed.delete(key);
    this.#delayedPriority.delete(key);
    if (this.#startedMs.has(key)) this.#dirty.set(key, Math.max(highest, this.#dirty.get(key) ?? highest));
    else this.#makeReady(key, highest);
  }

  #addDelayed(key: string, dueMs: number, priority: number): void {
    if (this.#ready.has(key) || this.#dirty.has(key)) return this.#addNow(key, priority);
    this.#delayed.add(key, dueMs);
    this.#delayedPriority.set(key, Math.max(priority, this.#delayedPriority.get(key) ?? priority));
    this.#armTimer();
  }

  #makeReady(key: string, priority: number): void {
    if (!this.#addedMs.has(key)) this.#addedMs.set(key, this.#clock.monotonicMs());
    this.#ready.add(key, priority);
    this.#wakeOne();
  }

  #start(key: string): string {
    const addedMs = this.#addedMs.get(key);
    this.#addedMs.delete(key);
    if (addedMs !== undefined) this.#observe('workqueue_queue_duration_seconds', addedMs);
    this.#startedMs.set(key, this.#clock.monotonicMs());
    return key;
  }

  #wakeOne(): void {
    for (const wake of this.#waiting) return wake();
  }

  #wakeUp(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #armTimer(): void {
    const dueMs = this.#delayed.nextDueMs();
    if (dueMs === undefined || this.#timerDueMs <= dueMs) return;
    this.#timer?.clear();
    this.#timerDueMs = dueMs;
    const delayMs = Math.min(Math.max(dueMs - this.#clock.monotonicMs(), 0), MAX_TIMER_MS);
    this.#timer = this.#clock.setTimeout(() => this.#releaseDue(), Math.ceil(delayMs));
  }

  #releaseDue(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonicMs();
    for (let key = this.#delayed.takeDue(nowMs); key !== undefined; key = this.#delayed.takeDue(nowMs)) {
      this.#addNow(key, this.#delayedPriority.get(key) ?? 0);
    }
    this.#armTimer();
  }

  #observe(
    metric: 'workqueue_queue_duration_seconds' | 'workqueue_work_duration_seconds',
    sinceMs: number,
  ): void {
    this.#metrics.observe(metric, { name: this.#name }, (this.#clock.monotonicMs() - sinceMs) / 1000);
  }

  #registerGauges(): readonly (() => void)[] {
    const labels = { name: this.#name };
    const agesS = (): number[] => {
      const nowMs = this.#clock.monotonicMs();
      return [...this.#startedMs.values()].map((startedMs) => (nowMs - startedMs) / 1000);
    };
    return [
      this.#metrics.gauge('workqueue_depth', labels, () => this.length),
      this.#metrics.gauge('workqueue_unfinished_work_seconds', labels, () =>
        agesS().reduce((sum, age) => sum + age, 0),
      ),
      this.#metrics.gauge('workqueue_longest_running_processor_seconds', labels, () =>
        Math.max(0, ...agesS()),
      ),
    ];
  }
}
