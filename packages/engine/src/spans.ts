import {
  ATTRIBUTES,
  type ExcerptDetail,
  type Json,
  type JsonSchema,
  type Message,
  type PortAddress,
  type SecretMask,
  type SpanError,
  type SpanRecord,
  type TinyError,
  type TraceContext,
  excerptOf,
  formatAddress,
  toTinyError,
} from '@tinysystems/core';
import type { Sampler } from './sampler.ts';
import type { NodeTrackers, TrackerPayload } from './trackers.ts';

/** What a wait was for. */
export type WaitFor = 'slot' | 'node ready' | 'node known' | 'module reachable' | 'retry';

/** What every span of one node says, and how much of its flow is recorded. */
export interface SpanSubject {
  readonly component: string;
  readonly flow: string | undefined;
  readonly project: string | undefined;
  readonly sampler: Sampler;
  /** Default: none. */
  readonly trackers?: NodeTrackers;
}

/** What a span tells of; by reference: nothing of it was copied or encoded. */
export interface Ended {
  /** Where it stands in the trace, and under what. */
  readonly trace: TraceContext;
  readonly parent: TraceContext | undefined;
  readonly subject: SpanSubject;
  /** `undefined`: it is not shown. */
  readonly data: Json | undefined;
  /** Of the port that took or emitted the data. */
  readonly schema: JsonSchema;
  /** `undefined`: there was none. */
  readonly reply: Json | undefined;
  readonly failure: TinyError | undefined;
  /** As `performance.now()` tells it. */
  readonly startedMs: number;
  readonly durationMs: number;
}

/** A message that a node has handled. */
export interface Handled extends Ended {
  readonly message: Message;
}

/** What a span shows of data and reply. `left out`: that there was something. */
export type ShownPayload = TrackerPayload | 'left out';

/** The span of a handled message. */
export function messageSpan(handled: Handled, payload: ShownPayload): SpanRecord {
  const { message, subject } = handled;
  const attributes = subjectAttributes(subject, message.to);
  attributes[ATTRIBUTES.from] = message.from === undefined ? 'signal' : formatAddress(message.from);
  attributes[ATTRIBUTES.depth] = message.depth;
  if (message.edgeId !== undefined) attributes[ATTRIBUTES.edge] = message.edgeId;
  addPayload(attributes, handled, payload);
  return endedSpan('message', `${subject.component} ${message.to.port}`, handled, attributes);
}

/** Where a chain starts: at an out port, or with a TinySignal to an in port. */
export type ChainStart = { readonly from: PortAddress } | { readonly signalTo: PortAddress };

/** The span of a whole chain. */
export function chainSpan(chain: Ended, start: ChainStart, payload: ShownPayload): SpanRecord {
  const { component } = chain.subject;
  if ('signalTo' in start) {
    const attributes = subjectAttributes(chain.subject, start.signalTo);
    addPayload(attributes, chain, payload);
    return endedSpan('chain', `signal ${component} ${start.signalTo.port}`, chain, attributes);
  }
  const attributes = subjectAttributes(chain.subject, undefined);
  attributes[ATTRIBUTES.from] = formatAddress(start.from);
  addPayload(attributes, chain, payload);
  return endedSpan('chain', `${component} ${start.from.port}`, chain, attributes);
}

/** The span of a wait before a message could go on. */
export function waitSpan(
  message: Message & { readonly trace: TraceContext },
  wait: Pick<Ended, 'failure' | 'startedMs' | 'durationMs'> & {
    readonly on: WaitFor;
    readonly spanId: string;
  },
): SpanRecord {
  const attributes: Attributes = { [ATTRIBUTES.wait]: wait.on, [ATTRIBUTES.to]: formatAddress(message.to) };
  if (message.from !== undefined) attributes[ATTRIBUTES.from] = formatAddress(message.from);
  if (message.edgeId !== undefined) attributes[ATTRIBUTES.edge] = message.edgeId;
  return {
    traceId: message.trace.traceId,
    spanId: wait.spanId,
    parentSpanId: message.trace.spanId,
    kind: 'wait',
    name: `wait: ${wait.on}`,
    startMs: performance.timeOrigin + wait.startedMs,
    durationMs: wait.durationMs,
    attributes,
    error: errorOf(wait.failure),
  };
}

/** The span without the secrets that this process holds. */
export function maskedSpan(span: SpanRecord, mask: SecretMask): SpanRecord {
  const attributes = Object.entries(span.attributes).map(
    ([key, value]) => [key, typeof value === 'string' ? mask.text(value) : value] as const,
  );
  const error = span.error && { ...span.error, message: mask.text(span.error.message) };
  return { ...span, attributes: Object.fromEntries(attributes), error };
}

type Attributes = Record<string, string | number>;

function subjectAttributes(
  { component, flow, project }: SpanSubject,
  to: PortAddress | undefined,
): Attributes {
  const attributes: Attributes = { [ATTRIBUTES.component]: component };
  if (to !== undefined) attributes[ATTRIBUTES.to] = formatAddress(to);
  if (flow !== undefined) attributes[ATTRIBUTES.flow] = flow;
  if (project !== undefined) attributes[ATTRIBUTES.project] = project;
  return attributes;
}

function endedSpan(kind: SpanRecord['kind'], name: string, ended: Ended, attributes: Attributes): SpanRecord {
  const { trace, parent, failure, startedMs, durationMs } = ended;
  return {
    traceId: trace.traceId,
    spanId: trace.spanId,
    parentSpanId: parent?.spanId,
    kind,
    name,
    startMs: performance.timeOrigin + startedMs,
    durationMs,
    attributes,
    error: errorOf(failure),
  };
}

function addPayload(
  attributes: Attributes,
  { data, reply, schema }: Pick<Ended, 'data' | 'reply' | 'schema'>,
  payload: ShownPayload,
): void {
  if (payload === 'none') return;
  if (data !== undefined) attributes[ATTRIBUTES.data] = shown(data, schema, payload);
  if (reply !== undefined) attributes[ATTRIBUTES.reply] = shown(reply, schema, payload);
}

/** What a component made is JSON by its type only. */
function shown(value: Json, schema: JsonSchema, detail: ExcerptDetail | 'left out'): string {
  if (detail === 'left out') return LEFT_OUT;
  try {
    return excerptOf(value, schema, detail);
  } catch (error) {
    return `(not JSON: ${toTinyError(error).message})`;
  }
}

function errorOf(failure: TinyError | undefined): SpanError | undefined {
  if (failure === undefined) return undefined;
  const { kind, code, message } = failure;
  return { kind, code, message: message.slice(0, MAX_ERROR_CHARS) };
}

const MAX_ERROR_CHARS = 4096;
const LEFT_OUT = '(left out: too many messages failed at once)';
