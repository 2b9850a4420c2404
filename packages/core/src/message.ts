import type { PortAddress } from './address.ts';
import type { Json } from './json.ts';

/** Where in a trace a message stands; the W3C fields, without the state. */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** Bit 0 set: sampled. */
  readonly traceFlags: number;
}

/** One node a chain of messages has passed, newest first. */
export interface Passed {
  readonly node: string;
  readonly before: Passed | undefined;
}

/** What travels down an edge. */
export interface Message {
  /** The emitting port; `undefined` when a TinySignal sends it. */
  readonly from: PortAddress | undefined;
  readonly to: PortAddress;
  /** The edge it travels on; `undefined` when a TinySignal sends it. */
  readonly edgeId: string | undefined;
  /** Already mapped; shared by reference, never written into. */
  readonly data: Json;
  /** How many hops led here; a signal starts with 0. */
  readonly depth: number;
  /** When the chain must have ended: milliseconds since the epoch. */
  readonly deadlineMs: number;
  readonly trace: TraceContext | undefined;
  /** The nodes that the chain has passed; lets a re-entering message by a full queue. */
  readonly passed: Passed | undefined;
}

/**
 * The one function type between all stages: delivers a message and waits for its reply.
 *
 * @param signal - ends the wait and the handlers; its reason becomes the error's `cause`.
 * @returns the JSON value answered by the chain, `undefined` for no answer (which is not `null`).
 * @throws TinyError
 */
export type Deliver = (message: Message, signal: AbortSignal) => Promise<Json | undefined>;

/** The longest chain of hops; a longer one is taken for a cycle. */
export const MAX_DEPTH = 256;

/** The largest message at any border, bytes of JSON. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
