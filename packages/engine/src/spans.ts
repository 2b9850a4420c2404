import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { type Message, type TinyError, type TraceContext, formatAddress } from '@tinysystems/core';

/** Attribute keys of spans: readers depend on them. */
export const ATTRIBUTES = {
  to: 'to',
  from: 'from',
  flow: 'flowID',
  project: 'projectID',
  edge: 'edgeID',
  depth: 'tiny.depth',
  errorCode: 'tiny.error.code',
  errorKind: 'tiny.error.kind',
} as const;

/** What every span of one node says. */
export interface SpanSubject {
  readonly component: string;
  readonly flow: string | undefined;
  readonly project: string | undefined;
}

/** Starts the span of one handled message; `undefined` when its trace is not sampled. */
export function startMessageSpan(tracer: Tracer, subject: SpanSubject, message: Message): Span | undefined {
  const parent = message.trace;
  if (parent !== undefined && (parent.traceFlags & 1) === 0) return undefined;
  const attributes: Attributes = {
    [ATTRIBUTES.to]: formatAddress(message.to),
    [ATTRIBUTES.from]: message.from === undefined ? 'signal' : formatAddress(message.from),
    [ATTRIBUTES.depth]: message.depth,
  };
  if (message.edgeId !== undefined) attributes[ATTRIBUTES.edge] = message.edgeId;
  if (subject.flow !== undefined) attributes[ATTRIBUTES.flow] = subject.flow;
  if (subject.project !== undefined) attributes[ATTRIBUTES.project] = subject.project;
  const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  return tracer.startSpan(
    `${subject.component} ${message.to.port}`,
    { kind: SpanKind.INTERNAL, attributes },
    context,
  );
}

/** Ends a span, with the error when there was one; a cancelled call is no error of this node. */
export function endSpan(span: Span, failure: TinyError | undefined): void {
  if (failure !== undefined) {
    span.setAttributes({ [ATTRIBUTES.errorCode]: failure.code, [ATTRIBUTES.errorKind]: failure.kind });
    if (failure.kind !== 'Cancelled') {
      span.recordException(failure);
      span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
    }
  }
  span.end();
}

/** The trace that a handler's own messages belong to. */
export function traceOf(span: Span | undefined, message: Message): TraceContext | undefined {
  if (span === undefined) return message.trace;
  const { traceId, spanId, traceFlags } = span.spanContext();
  return traceId === '00000000000000000000000000000000' ? message.trace : { traceId, spanId, traceFlags };
}
