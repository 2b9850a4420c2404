import type { ErrorKind } from './errors.ts';

/** Attribute keys of spans: readers depend on them. */
export const ATTRIBUTES = {
  to: 'to',
  from: 'from',
  flow: 'flowID',
  project: 'projectID',
  edge: 'edgeID',
  component: 'tiny.component',
  depth: 'tiny.depth',
  /** What a span of kind `wait` waited for. */
  wait: 'tiny.wait',
  /** The message as it was handled, as JSON: redacted, cut after 16 KiB. */
  data: 'tiny.message.data',
  /** The reply, in the same form; absent when there was none. */
  reply: 'tiny.message.reply',
} as const;

/** A finished span. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** `chain`: from where a chain starts to its end; `message`: one handled message; `wait`: a stage that waited. */
  readonly kind: 'chain' | 'message' | 'wait';
  readonly name: string;
  /** Milliseconds since the epoch, with fractions. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly error: SpanError | undefined;
}

/** Why what a span tells of failed. */
export interface SpanError {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
}
