import type { InstanceOptions } from '@tinysystems/engine';

type Tracer = InstanceOptions['tracer'];
type Span = ReturnType<Tracer['startSpan']>;

/** Records nothing. */
export const NO_TRACER: Tracer = {
  startSpan: () => NO_SPAN,
  startActiveSpan: (name: string): never => {
    throw new Error(`the engine starts no active spans, but one called ${name}`);
  },
};

const NO_SPAN: Span = {
  spanContext: () => ({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }),
  setAttribute: () => NO_SPAN,
  setAttributes: () => NO_SPAN,
  addEvent: () => NO_SPAN,
  addLink: () => NO_SPAN,
  addLinks: () => NO_SPAN,
  setStatus: () => NO_SPAN,
  updateName: () => NO_SPAN,
  end: () => undefined,
  isRecording: () => false,
  recordException: () => undefined,
};
