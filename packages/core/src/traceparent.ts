import type { TraceContext } from './message.ts';

/** Writes a trace as the W3C header `traceparent`. */
export function formatTraceparent({ traceId, spanId, traceFlags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${traceFlags < 16 ? '0' : ''}${traceFlags.toString(16)}`;
}

/** Reads a W3C header `traceparent`; `undefined` when it is not valid. */
export function parseTraceparent(header: string): TraceContext | undefined {
  if (!TRACEPARENT.test(header)) return undefined;
  return {
    traceId: header.slice(3, 35),
    spanId: header.slice(36, 52),
    traceFlags: Number.parseInt(header.slice(53, 55), 16),
  };
}

/** A later version may have more behind it; ff is none. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;
