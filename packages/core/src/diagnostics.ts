import type { SpanError } from './span.ts';

/** One trace at a glance, as one replica knows it. */
export interface TraceSummary {
  readonly traceId: string;
  /** Of the earliest span there. */
  readonly name: string;
  readonly startMs: number;
  /** From the start of the first span there to the end of the last. */
  readonly durationMs: number;
  readonly spans: number;
  /** The code of an error in it. */
  readonly error?: string | undefined;
}

/** What a replica remembers of spans; the first line of each answer about traces. */
export interface RingState {
  readonly spans: number;
  /** How many older ones made room. */
  readonly overwritten: number;
}

/** A line of a tap: one message that a node has handled. */
export interface TappedMessage {
  /** When its handling began, milliseconds since the epoch. */
  readonly atMs: number;
  readonly durationMs: number;
  /** `node:port`. */
  readonly to: string;
  /** `node:port`; absent: a TinySignal sent it. */
  readonly from?: string | undefined;
  readonly edge?: string | undefined;
  readonly traceId: string;
  /** JSON: redacted, cut after 16 KiB. */
  readonly data: string;
  /** In the same form; absent: there was none. */
  readonly reply?: string | undefined;
  readonly error?: SpanError | undefined;
}

/** A line of a tap: messages that it did not show, because it was read too slowly or they were too many. */
export interface TapGap {
  readonly dropped: number;
}
