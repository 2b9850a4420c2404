import { FLOW_LABEL, PROJECT_LABEL, type TinyNode, type TinySignal } from '@tinysystems/api';
import {
  ANY_SCHEMA,
  type ByteBudget,
  Charge,
  type Clock,
  type Deliver,
  type TinyError,
  type TraceContext,
  runChain,
  stringifyJson,
  toTinyError,
} from '@tinysystems/core';
import type { Tracer } from '@tinysystems/engine';

/** How long a delivery may take where the signal does not say it, seconds. */
export const DEFAULT_TIMEOUT_S = 30;

/** What a delivery works with. */
export interface DeliveryOptions {
  readonly deliver: Deliver;
  /** Of the module; charged with what the signal carries until its chain has ended. */
  readonly budget: ByteBudget;
  readonly tracer: Tracer;
  readonly clock: Clock;
}

/** How a delivery went. */
export interface Delivery {
  /** `undefined`: the node handled it. */
  readonly failure: TinyError | undefined;
  readonly traceId: string;
}

/**
 * Sends a signal to its node and waits for the end of the chain: its timeout, or the end of the term, at the latest.
 * Its chain is recorded: somebody triggered it. The nodes of a flow whose tracing is off record nothing all the same.
 */
export async function deliverSignal(
  signal: TinySignal,
  node: TinyNode,
  options: DeliveryOptions,
  term: AbortSignal,
): Promise<Delivery> {
  const { tracer } = options;
  const startedMs = performance.now();
  const sampler = tracer.sampler({ mode: 'all' });
  const parent = parentOf(signal);
  const trace = tracer.start({ sampler }, parent);
  const failure = await send(signal, trace, options, term).then(() => undefined, toTinyError);
  const labels = node.metadata.labels ?? {};
  const subject = {
    component: node.spec.component,
    flow: labels[FLOW_LABEL],
    project: labels[PROJECT_LABEL],
    sampler,
  };
  // What it carried is told by the span of its node, which knows what to hide of it.
  const shown = { data: undefined, schema: ANY_SCHEMA, reply: undefined };
  const durationMs = performance.now() - startedMs;
  const { node: name, port } = signal.spec;
  tracer.chainEnded(
    { trace, parent, subject, ...shown, failure, startedMs, durationMs },
    { signalTo: { node: name, port } },
  );
  return { failure, traceId: trace.traceId };
}

async function send(
  signal: TinySignal,
  trace: TraceContext,
  { deliver, budget, clock }: DeliveryOptions,
  term: AbortSignal,
): Promise<void> {
  const data = signal.spec.data ?? {};
  using charge = new Charge(budget);
  charge.add(Buffer.byteLength(stringifyJson(data)));
  const deadlineMs = clock.now() + (signal.spec.timeoutSeconds ?? DEFAULT_TIMEOUT_S) * 1000;
  const what = `the delivery of TinySignal ${signal.metadata.name}`;
  await runChain({ clock, deadlineMs, parents: [term], what }, (chainSignal) =>
    deliver(
      {
        from: undefined,
        to: { node: signal.spec.node, port: signal.spec.port },
        edgeId: undefined,
        data,
        depth: 0,
        deadlineMs,
        trace,
        passed: undefined,
      },
      chainSignal,
    ),
  );
}

function parentOf(signal: TinySignal): TraceContext | undefined {
  const { traceID } = signal.spec;
  // The caller names a trace, not a span: any non-zero parent continues it, and it is sampled because it was asked for.
  return traceID === undefined ? undefined : { traceId: traceID, spanId: '0000000000000001', traceFlags: 1 };
}
