import { type HrTime, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { SpanRecord } from '@tinysystems/core';

/** Who the spans of a process are by. */
export interface SpanOrigin {
  readonly resource: Resource;
  readonly instrumentationScope: { readonly name: string; readonly version: string };
}

const SAMPLED = 1;

/** A span as OpenTelemetry's exporters take it. */
export function readableSpan(span: SpanRecord, origin: SpanOrigin): ReadableSpan {
  const { traceId, spanId, parentSpanId, kind, name, startMs, durationMs, attributes, error } = span;
  const own = { traceId, spanId, traceFlags: SAMPLED };
  const startTime = toHrTime(startMs);
  const endTime = toHrTime(startMs + durationMs);
  const isFailed = error !== undefined && error.kind !== 'Cancelled';
  return {
    ...origin,
    name,
    kind: kind === 'chain' ? SpanKind.PRODUCER : SpanKind.INTERNAL,
    spanContext: () => own,
    ...(parentSpanId !== undefined && {
      parentSpanContext: { traceId, spanId: parentSpanId, traceFlags: SAMPLED },
    }),
    startTime,
    endTime,
    duration: toHrTime(durationMs),
    ended: true,
    status: isFailed
      ? { code: SpanStatusCode.ERROR, message: error.message }
      : { code: SpanStatusCode.UNSET },
    attributes:
      error === undefined
        ? attributes
        : { ...attributes, 'tiny.error.code': error.code, 'tiny.error.kind': error.kind },
    links: [],
    events: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
