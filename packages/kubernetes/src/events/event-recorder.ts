import { ApiError } from '../client/api-error.ts';
import type { Client } from '../client/client.ts';
import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { WorkQueue } from '../controller/work-queue.ts';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { noMetrics } from '../metrics.ts';
import type { KubernetesMetrics } from '../metrics.ts';
import { keyOf } from '../object.ts';
import type { KubeObject } from '../object.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { EVENT } from './event.ts';
import type { Event, EventType } from './event.ts';
import { SimilarEvents } from './similar-events.ts';
import { WriteBudget } from './write-budget.ts';

/** What an {@link EventRecorder} is made of. */
export interface EventRecorderOptions {
  readonly client: Pick<Client, 'resource'>;
  /** Who reports, e.g. `widget-operator`. */
  readonly component: string;
  /** Which replica of it. */
  readonly instance: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly metrics?: KubernetesMetrics;
}

/** What happened. */
export interface EventDescription {
  readonly type: EventType;
  /** One word in CamelCase, for programs; at most 128 characters. */
  readonly reason: string;
  /** A sentence for people; cut after 1024 characters. */
  readonly message: string;
}

/** Different events remembered. Beyond that the oldest is forgotten if it was written, else the new one is dropped. */
const MAX_SERIES = 1_000;
const MAX_REASON = 128;
const MAX_MESSAGE = 1_024;
/** Repetitions within this are counted and written together. */
const REPEAT_INTERVAL_MS = 5_000;
const CALL_TIMEOUT_MS = 5_000;

/** Events are dropped in crowds: each reason is said so often at most, every single one is counted. */
const SAY_DROPPED_EVERY_MS = 60_000;
/** A repetition within this continues a series, as in client-go; a later one begins another. */
const SERIES_MS = 600_000;
const COMBINED = '(combined from similar events):';

type DropReason = 'stopped' | 'overflow' | 'spam' | 'refused';

interface Told extends EventDescription {
  readonly isCombined: boolean;
}

/** An event and its repetitions. */
interface Series {
  readonly object: KubeObject;
  /** The latest of those that were combined. */
  description: Told;
  /** A write of it is waiting. */
  isQueued: boolean;
  readonly firstMs: number;
  lastMs: number;
  count: number;
  writtenCount: number;
  /** The name the server gave it. */
  name: string | undefined;
}

/**
 * Tells the users of an object what happened to it. Events are written in the background, one at a time; as with
 * client-go, a repetition within 10 minutes is a count, more than 10 messages of one kind become one event, and about
 * one object at most 25 are written at once, then one every 5 minutes. What cannot be written is dropped and counted,
 * and said once a minute.
 */
export class EventRecorder implements AsyncDisposable {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: KubernetesMetrics;
  readonly #queue: WorkQueue;
  readonly #series = new Map<string, Series>();
  readonly #similar = new SimilarEvents();
  readonly #budget = new WriteBudget();
  readonly #stop = new AbortController();
  /** When each reason for dropping events was said last. */
  readonly #saidMs = new Map<DropReason, number>();
  #writing: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#metrics = options.metrics ?? noMetrics;
    this.#queue = new WorkQueue({ name: 'events', clock: this.#clock, metrics: this.#metrics });
  }

  /** Reports something about `object`. Returns at once and never throws. */
  event(object: KubeObject, description: EventDescription): void {
    if (this.#stop.signal.aborted) return this.#drop('stopped', object);
    const nowMs = this.#clock.now();
    const { kind, metadata } = object;
    const about = JSON.stringify([kind, metadata.uid, metadata.namespace, metadata.name]);
    const told = this.#told(about, description, nowMs);
    const key = JSON.stringify([about, told.type, told.reason, told.isCombined || told.message]);
    const known = this.#recent(key, nowMs);
    const isWritten = known?.isQueued === true || this.#budget.take(about, nowMs);
    if (known === undefined && !isWritten) return this.#drop('spam', object);
    if (known === undefined && !this.#makeRoom()) return this.#drop('overflow', object);
    const series = known ?? newSeries(object, told, nowMs);
    series.description = told;
    series.count += 1;
    series.lastMs = nowMs;
    series.isQueued = isWritten;
    this.#series.delete(key); // Again at the end: the map is in order of use.
    this.#series.set(key, series);
    if (isWritten) this.#queue.add(key, { delayMs: known === undefined ? 0 : REPEAT_INTERVAL_MS });
    this.#writing ??= this.#writeAll();
  }

  /** Writes what is left, for at most 5 s, and stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#queue[Symbol.dispose]();
    await this.#writing;
    await this.#bounded(async (signal) => {
      for (const series of this.#series.values()) {
        if (!signal.aborted && series.count > series.writtenCount) await this.#tryWrite(series, signal);
      }
    });
  }

  /** What is told of an event: itself, or one for many that differ in their message alone. */
  #told(about: string, description: EventDescription, nowMs: number): Told {
    const { type, reason, message } = description;
    const kind = JSON.stringify([about, type, reason]);
    const isCombined = this.#similar.isOneOfMany(kind, message, nowMs);
    return { type, reason, isCombined, message: isCombined ? `${COMBINED} ${message}` : message };
  }

  /** The series that an event continues; one that ended long ago is not continued. */
  #recent(key: string, nowMs: number): Series | undefined {
    const known = this.#series.get(key);
    return known !== undefined && nowMs - known.lastMs <= SERIES_MS ? known : undefined;
  }

  #makeRoom(): boolean {
    if (this.#series.size < MAX_SERIES) return true;
    const [oldest] = this.#series;
    if (oldest === undefined || oldest[1].count > oldest[1].writtenCount) return false;
    return this.#series.delete(oldest[0]);
  }

  async #writeAll(): Promise<void> {
    const { signal } = this.#stop;
    for (let key = await this.#queue.take(signal); key !== undefined; key = await this.#queue.take(signal)) {
      const series = this.#series.get(key);
      if (series !== undefined) await this.#bounded((bounded) => this.#tryWrite(series, bounded));
      this.#queue.done(key);
    }
  }

  async #tryWrite(series: Series, signal: AbortSignal): Promise<void> {
    try {
      await this.#write(series, signal);
    } catch (err) {
      this.#drop('refused', series.object, err);
    }
  }

  async #write(series: Series, signal: AbortSignal): Promise<void> {
    const { object, count, lastMs, name } = series;
    const namespace = object.metadata.namespace ?? 'default';
    const events = this.#options.client.resource(EVENT, namespace);
    series.writtenCount = count;
    series.isQueued = false;
    if (name !== undefined) {
      try {
        const message = series.description.message.slice(0, MAX_MESSAGE);
        await events.patch(name, { count, message, lastTimestamp: timestamp(lastMs) }, { signal });
        return;
      } catch (error) {
        if (!ApiError.isNotFound(error)) throw error; // The server forgets events; a forgotten one is written anew.
      }
    }
    const created = await events.create(this.#eventOf(series, namespace), { signal });
    series.name = created.metadata.name;
  }

  #eventOf(series: Series, namespace: string): Event {
    const { component, instance } = this.#options;
    const { object, description, count, firstMs, lastMs } = series;
    const { apiVersion, kind, metadata } = object;
    const reference = {
      apiVersion,
      kind,
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
    };
    return {
      metadata: { namespace, generateName: `${metadata.name ?? 'unnamed'}.` },
      involvedObject: withoutUndefined({ ...reference, resourceVersion: metadata.resourceVersion }),
      type: description.type,
      reason: description.reason.slice(0, MAX_REASON),
      message: description.message.slice(0, MAX_MESSAGE),
      count,
      firstTimestamp: timestamp(firstMs),
      lastTimestamp: timestamp(lastMs),
      source: { component, host: instance },
      reportingComponent: component,
      reportingInstance: instance,
    };
  }

  #drop(reason: DropReason, object: KubeObject, err?: unknown): void {
    this.#metrics.increment('event_recorder_dropped_total', { reason });
    const fields = { reason, kind: object.kind, key: keyOf(object), err };
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < (this.#saidMs.get(reason) ?? Number.NEGATIVE_INFINITY) + SAY_DROPPED_EVERY_MS) {
      return this.#logger.debug(fields, 'event dropped');
    }
    this.#saidMs.set(reason, nowMs);
    this.#logger.warn(fields, 'event dropped; others of the next minute are only counted');
  }

  async #bounded(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const timeout = new AbortController();
    const timer = this.#clock.setTimeout(
      () => timeout.abort(new Error(`not written within ${CALL_TIMEOUT_MS} ms`)),
      CALL_TIMEOUT_MS,
    );
    await work(timeout.signal).finally(() => timer.clear());
  }
}

function newSeries(object: KubeObject, description: Told, nowMs: number): Series {
  return {
    object,
    description,
    isQueued: false,
    firstMs: nowMs,
    lastMs: nowMs,
    count: 0,
    writtenCount: 0,
    name: undefined,
  };
}

/** Kubernetes keeps these times to the second. */
function timestamp(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
