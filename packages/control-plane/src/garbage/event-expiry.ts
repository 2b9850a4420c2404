import type { Clock, Timer } from '../clock.ts';
import { stringAt, type KubeObject } from '../kube-object.ts';
import type { ObjectStore } from '../storage/object-store.ts';

const RESOURCE = 'events';

/** How long an Event is kept after it was last seen; the real server's default. */
const LIFETIME_MS = 60 * 60 * 1000;
const SWEEP_INTERVAL_MS = 60 * 1000;

/** Removes old Events: everybody writes them and nobody deletes them. */
export class EventExpiry implements AsyncDisposable {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #sweep: Promise<unknown> = Promise.resolve();

  constructor(store: ObjectStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Sweeps once a minute until it is disposed. */
  start(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#sweep = this.#removeOld();
      this.start();
    }, SWEEP_INTERVAL_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.clear();
    await this.#sweep;
  }

  // What cannot be removed now is met again by the next sweep.
  #removeOld(): Promise<unknown> {
    const oldestMs = this.#clock.now() - LIFETIME_MS;
    const expired = [...(this.#store.list(RESOURCE) ?? [])].filter(
      ([, event]) => lastSeenMs(event) < oldestMs,
    );
    return Promise.allSettled(expired.map(([key, event]) => this.#store.remove(RESOURCE, key, event)));
  }
}

function lastSeenMs(event: KubeObject): number {
  const times = [
    stringAt(event, 'series', 'lastObservedTime'),
    stringAt(event, 'lastTimestamp'),
    event.metadata.creationTimestamp,
  ];
  return Math.max(...times.map((time) => Date.parse(time ?? '')).filter((ms) => !Number.isNaN(ms)));
}
