import { ROOT_CONTEXT, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import type { TinyNode, TinySignal } from '@tinysystems/api';
import {
  type Clock,
  type Deliver,
  type TinyError,
  type TraceContext,
  runChain,
  toTinyError,
} from '@tinysystems/core';

/** How long a delivery may take where the signal does not say it, seconds. */
export const DEFAULT_TIMEOUT_S = 30;

/** What a delivery works with. */
export interface DeliveryOptions {
  readonly deliver: Deliver;
  readonly tracer: Tracer;
  readonly clock: Clock;
}

/** How a delivery went. */
export interface Delivery {
  /** `undefined`: the node handled it. */
  readonly failure: TinyError | undefined;
  readonly traceId: string;
}

/** Sends a signal to its node and waits for the end of the chain: its timeout, or the end of the term, at the latest. */
export async function deliverSignal(
  signal: TinySignal,
  node: TinyNode,
  options: DeliveryOptions,
  term: AbortSignal,
): Promise<Delivery> {
  const span = startSpan(signal, node, options.tracer);
  const own = span.spanContext();
  try {
    await send(signal, own, options, term);
    return { failure: undefined, traceId: own.traceId };
  } catch (error) {
    return { failure: toTinyError(error), traceId: own.traceId };
  } finally {
    span.end();
  }
}

function send(
  signal: TinySignal,
  own: TraceContext,
  { deliver, clock }: DeliveryOptions,
  term: AbortSignal,
): Promise<unknown> {
  const deadlineMs = clock.now() + (signal.spec.timeoutSeconds ?? DEFAULT_TIMEOUT_S) * 1000;
  const what = `the delivery of TinySignal ${signal.metadata.name}`;
  return runChain({ clock, deadlineMs, parents: [term], what }, (chainSignal) =>
    deliver(
      {
        from: undefined,
        to: { node: signal.spec.node, port: signal.spec.port },
        edgeId: undefined,
        data: signal.spec.data ?? {},
        depth: 0,
        deadlineMs,
        trace: { traceId: own.traceId, spanId: own.spanId, traceFlags: own.traceFlags },
        passed: undefined,
      },
      chainSignal,
    ),
  );
}

function startSpan(signal: TinySignal, node: TinyNode, tracer: Tracer): Span {
  const parent = parentOf(signal);
  const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  const name = `signal ${node.spec.component} ${signal.spec.port}`;
  return tracer.startSpan(name, { kind: SpanKind.PRODUCER }, context);
}

function parentOf(signal: TinySignal): TraceContext | undefined {
  const { traceID } = signal.spec;
  // The caller names a trace, not a span: any non-zero parent continues it, and it is sampled because it was asked for.
  return traceID === undefined ? undefined : { traceId: traceID, spanId: '0000000000000001', traceFlags: 1 };
}
