import type { Clock, ExcerptDetail, SecretMask, TinyError } from '@tinysystems/core';

/** How many trackers a replica records for at a time. */
export const MAX_TRACKERS = 64;
/** How many traces a replica remembers of each. */
export const MAX_TRACES = 20;
const MAX_ERROR_CHARS = 256;

/** Whose messages a tracker records, and how. */
export interface TrackerSpec {
  readonly name: string;
  /** Changes when it was deleted and made again under the same name. */
  readonly uid: string;
  /** Exactly one of them is given. */
  readonly project?: string | undefined;
  readonly flow?: string | undefined;
  readonly node?: string | undefined;
  /** `undefined`: all in ports. */
  readonly ports: ReadonlySet<string> | undefined;
  readonly payload: TrackerPayload;
  /** Share of the traces, 1 for all. */
  readonly sample: number;
  readonly maxRecords: number;
  /** When it ends, milliseconds since the epoch. */
  readonly untilMs: number;
  /** False: it has recorded enough. */
  readonly isOpen: boolean;
}

/** What a span shows of a message. */
export type TrackerPayload = 'none' | ExcerptDetail;

/** What a replica has recorded for one tracker. */
export interface Recorded {
  readonly trackerUid: string;
  readonly recorded: number;
  readonly failed: number;
  /** The last ones, oldest first. */
  readonly traces: readonly RecordedTrace[];
}

/** The recorded messages of one trace on one replica. */
export interface RecordedTrace {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly hops: number;
  /** Empty: none. */
  readonly error: string;
}

/** A node, as a tracker names it. */
export interface Trackable {
  readonly node: string;
  readonly flow: string | undefined;
  readonly project: string | undefined;
}

/** A message that has been handled, as far as a tracker looks at it. */
export interface Tracked {
  readonly trace: { readonly traceId: string };
  /** As `performance.now()` tells it. */
  readonly startedMs: number;
  readonly durationMs: number;
  readonly failure: TinyError | undefined;
}

/** What trackers work with. */
export interface TrackersOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Hides what was read from Secrets. */
  readonly mask?: Pick<SecretMask, 'text'>;
}

/** The live trackers of this replica, by name. */
export class Trackers {
  readonly #options: TrackersOptions;
  readonly #trackers = new Map<string, Tracker>();
  #version = 0;

  constructor(options: TrackersOptions) {
    this.#options = options;
  }

  /** How many a replica records for. */
  get count(): number {
    return this.#trackers.size;
  }

  /** Counts the changes. */
  get version(): number {
    return this.#version;
  }

  /** Takes a tracker up, or what has changed of it. @returns false: there are too many already. */
  set(spec: TrackerSpec): boolean {
    const known = this.#trackers.get(spec.name);
    if (known === undefined && this.#trackers.size >= MAX_TRACKERS) return false;
    if (known?.spec.uid === spec.uid) known.spec = spec;
    else this.#trackers.set(spec.name, new Tracker(spec, this.#options));
    this.#version += 1;
    return true;
  }

  /** Ends a tracker, and forgets what it recorded. */
  delete(name: string): void {
    if (this.#trackers.delete(name)) this.#version += 1;
  }

  /** Those that match a node; asked once for each, not for each message. */
  of(trackable: Trackable): NodeTrackers {
    return new NodeTrackers(this, trackable);
  }

  /** All that match now. */
  matching(trackable: Trackable): readonly Tracker[] {
    return [...this.#trackers.values()].filter((tracker) => tracker.matches(trackable));
  }

  /** What was recorded for each of those trackers that this replica knows. */
  recorded(uids: readonly string[]): readonly Recorded[] {
    return [...this.#trackers.values()]
      .filter(({ spec }) => uids.includes(spec.uid))
      .map((tracker) => tracker.recorded());
  }
}

const NONE: readonly Tracker[] = [];

/** The trackers that match one node. A port of `undefined` means the chains that it starts. */
export class NodeTrackers {
  readonly #all: Trackers;
  readonly #trackable: Trackable;
  #version = 0;
  #matching = NONE;

  constructor(all: Trackers, trackable: Trackable) {
    this.#all = all;
    this.#trackable = trackable;
  }

  /** Whether a message of that trace to a port is to be recorded. */
  wants(port: string | undefined, traceId: string): boolean {
    const trackers = this.#current();
    return trackers.length > 0 && trackers.some((tracker) => tracker.wants(port, traceId));
  }

  /** Counts a message for those that want it. @returns what its span shows; `undefined`: nobody wants it. */
  record(port: string, tracked: Tracked): TrackerPayload | undefined {
    const wanting = this.#wanting(port, tracked.trace.traceId);
    for (const tracker of wanting) tracker.record(tracked);
    return mostOf(wanting);
  }

  /** What the span of a chain that starts here shows; `undefined`: nobody wants it. */
  detailOf(traceId: string): TrackerPayload | undefined {
    return mostOf(this.#wanting(undefined, traceId));
  }

  #wanting(port: string | undefined, traceId: string): readonly Tracker[] {
    const trackers = this.#current();
    return trackers.length === 0 ? trackers : trackers.filter((tracker) => tracker.wants(port, traceId));
  }

  #current(): readonly Tracker[] {
    if (this.#version !== this.#all.version) {
      this.#version = this.#all.version;
      this.#matching = this.#all.matching(this.#trackable);
    }
    return this.#matching;
  }
}

const DETAILS: readonly TrackerPayload[] = ['full', 'redacted', 'none'];

function mostOf(trackers: readonly Tracker[]): TrackerPayload | undefined {
  return DETAILS.find((detail) => trackers.some(({ spec }) => spec.payload === detail));
}

interface Trace {
  startedMs: number;
  endedMs: number;
  hops: number;
  error: string;
}

/** One tracker on this replica: what it wants, and what it has. */
export class Tracker {
  /** Changes while it lives: more records may be asked for, or enough be had. */
  spec: TrackerSpec;
  readonly #options: TrackersOptions;
  /** By id, the one that was recorded last at the end. */
  readonly #traces = new Map<string, Trace>();
  #recorded = 0;
  #failed = 0;

  constructor(spec: TrackerSpec, options: TrackersOptions) {
    this.spec = spec;
    this.#options = options;
  }

  matches({ node, flow, project }: Trackable): boolean {
    const { spec } = this;
    return isNamed(spec.node, node) || isNamed(spec.flow, flow) || isNamed(spec.project, project);
  }

  /** Which share it takes it decides by the trace alone, so that every replica decides alike. */
  wants(port: string | undefined, traceId: string): boolean {
    const { isOpen, maxRecords, ports, sample, untilMs } = this.spec;
    if (ports !== undefined && (port === undefined || !ports.has(port))) return false;
    if (!isOpen || this.#recorded >= maxRecords || this.#options.clock.now() >= untilMs) return false;
    return sample >= 1 || Number.parseInt(traceId.slice(-8), 16) < sample * 2 ** 32;
  }

  record({ trace: { traceId }, startedMs, durationMs, failure }: Tracked): void {
    this.#recorded += 1;
    if (failure !== undefined) this.#failed += 1;
    const known = this.#traces.get(traceId) ?? { startedMs, endedMs: 0, hops: 0, error: '' };
    known.startedMs = Math.min(known.startedMs, startedMs);
    known.endedMs = Math.max(known.endedMs, startedMs + durationMs);
    known.hops += 1;
    if (known.error === '' && failure !== undefined) known.error = this.#shown(failure);
    this.#traces.delete(traceId);
    this.#traces.set(traceId, known);
    const [oldest] = this.#traces.keys();
    if (this.#traces.size > MAX_TRACES && oldest !== undefined) this.#traces.delete(oldest);
  }

  recorded(): Recorded {
    return {
      trackerUid: this.spec.uid,
      recorded: this.#recorded,
      failed: this.#failed,
      traces: [...this.#traces].map(([id, { startedMs, endedMs, hops, error }]) => ({
        id,
        startMs: performance.timeOrigin + startedMs,
        durationMs: endedMs - startedMs,
        hops,
        error,
      })),
    };
  }

  #shown({ code, message }: TinyError): string {
    const text = `${code}: ${message}`;
    return (this.#options.mask?.text(text) ?? text).slice(0, MAX_ERROR_CHARS);
  }
}

function isNamed(wanted: string | undefined, name: string | undefined): boolean {
  return wanted !== undefined && wanted === name;
}
