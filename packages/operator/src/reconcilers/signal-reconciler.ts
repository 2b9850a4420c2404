import { ROOT_CONTEXT, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import {
  type SignalPhase,
  type TinyNode,
  type TinySignal,
  type TinySignalStatus,
  stampConditions,
} from '@tinysystems/api';
import {
  type Clock,
  type Deliver,
  type Log,
  type TraceContext,
  TinyError,
  isSameModule,
  runChain,
  toTinyError,
} from '@tinysystems/core';
import {
  type Controller,
  type ObjectKey,
  type ReconcileResult,
  type ResourceClient,
  parseKey,
} from '@tinysystems/kubernetes';
import type { Caches } from '../resources/caches.ts';
import { deleteSame } from '../resources/delete-same.ts';
import type { Leadership } from '../resources/leadership.ts';
import { momentOf } from '../resources/status-writer.ts';
import { msUntilExpiry } from './signal-expiry.ts';

/** How many signals one leader delivers at once; the others wait in the queue. */
export const MAX_DELIVERIES = 256;
const CROWDED_RETRY_MS = 100;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;
const DEFAULT_TIMEOUT_S = 30;

/** What the reconciler of TinySignals works with. */
export interface SignalReconcilerOptions {
  readonly moduleName: string;
  readonly identity: string;
  readonly caches: Caches;
  readonly client: Pick<ResourceClient<TinySignal>, 'patch' | 'delete'>;
  readonly leadership: Leadership;
  readonly deliver: Deliver;
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Triggers nodes: claims a signal before it delivers it, so that a crash is seen, and writes how it ended.
 * Only the leader of the module that owns the node does it.
 */
export class SignalReconciler {
  readonly #options: SignalReconcilerOptions;
  readonly #deliveries = new Map<ObjectKey, Promise<void>>();
  #term = new AbortController();

  constructor(options: SignalReconcilerOptions) {
    this.#options = options;
  }

  /** Ends the deliveries of a lost term; the next leader takes the signals over. */
  async endTerm(): Promise<void> {
    this.#term.abort(new TinyError('Cancelled', 'CANCELLED', 'this replica no longer leads'));
    await Promise.all(this.#deliveries.values());
    this.#term = new AbortController();
  }

  async reconcile(key: ObjectKey, controller: Pick<Controller, 'enqueue'>): Promise<ReconcileResult | void> {
    const { caches, leadership, moduleName } = this.#options;
    const { namespace, name } = parseKey(key);
    const signal = caches.signals.lister.get(namespace, name);
    if (signal === undefined || signal.metadata.deletionTimestamp !== undefined) return;
    const node = caches.nodes.lister.get(namespace, signal.spec.node);
    if (node === undefined || !isSameModule(node.spec.module, moduleName) || !leadership.isLeading) return;
    if (this.#deliveries.has(key)) return;
    return this.#advance(key, signal, node, controller);
  }

  async #advance(
    key: ObjectKey,
    signal: TinySignal,
    node: TinyNode,
    controller: Pick<Controller, 'enqueue'>,
  ): Promise<ReconcileResult | void> {
    const { phase = 'Pending', attempts = 0 } = signal.status ?? {};
    if (phase === 'Delivered' || phase === 'Failed') return this.#expire(signal);
    if (phase === 'Delivering' && attempts > (signal.spec.backoffLimit ?? 0)) {
      const text = `${signal.status?.holder ?? 'its holder'} died or stopped leading while it delivered; it is not known how far that came`;
      await this.#patch(signal, this.#ended(signal, 'Failed', text, 'HolderLost'));
      return;
    }
    if (this.#deliveries.size >= MAX_DELIVERIES) return { requeueAfterMs: CROWDED_RETRY_MS };
    const claimed = await this.#claim(signal, attempts + 1);
    const delivery = this.#deliver(claimed, node).then((retryMs) => {
      this.#deliveries.delete(key);
      controller.enqueue(key, retryMs === undefined ? {} : { delayMs: retryMs });
    });
    this.#deliveries.set(key, delivery);
  }

  /** Writes who delivers, and which attempt it is, before anything is sent. @throws ApiError 409 when another was faster. */
  #claim(signal: TinySignal, attempts: number): Promise<TinySignal> {
    const { identity, clock } = this.#options;
    return this.#patch(signal, {
      observedGeneration: signal.metadata.generation ?? 0,
      phase: 'Delivering',
      attempts,
      holder: identity,
      startedAt: signal.status?.startedAt ?? momentOf(clock.now()),
      message: '',
    });
  }

  /** @returns when to try again, milliseconds; `undefined`: it ended. */
  async #deliver(signal: TinySignal, node: TinyNode): Promise<number | undefined> {
    const span = this.#startSpan(signal, node);
    const own = span.spanContext();
    let failure: TinyError | undefined;
    try {
      await this.#send(signal, own);
    } catch (error) {
      failure = toTinyError(error);
    }
    span.end();
    // Of a lost term nothing is written: the claim tells the next leader.
    if (this.#term.signal.aborted) return undefined;
    const attempts = signal.status?.attempts ?? 1;
    const isRetried = failure?.kind === 'Transient' && attempts <= (signal.spec.backoffLimit ?? 0);
    const outcome = isRetried ? this.#postponed(failure) : this.#endedBy(signal, failure);
    await this.#tryPatch(signal, { ...outcome, traceID: own.traceId });
    return isRetried ? Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempts - 1)) : undefined;
  }

  #startSpan(signal: TinySignal, node: TinyNode): Span {
    const parent = parentOf(signal);
    const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    return this.#options.tracer.startSpan(
      `signal ${node.spec.component} ${signal.spec.port}`,
      { kind: SpanKind.PRODUCER },
      context,
    );
  }

  #postponed(failure: TinyError | undefined): TinySignalStatus {
    return { phase: 'Pending', message: failure?.message ?? '' };
  }

  #endedBy(signal: TinySignal, failure: TinyError | undefined): TinySignalStatus {
    return failure === undefined
      ? this.#ended(signal, 'Delivered', '', 'Delivered')
      : this.#ended(signal, 'Failed', failure.message, failure.code);
  }

  async #tryPatch(signal: TinySignal, status: TinySignalStatus): Promise<void> {
    try {
      await this.#patch(signal, status);
    } catch (error) {
      // The claim stays: the next look finds it without a delivery and ends it as HolderLost or delivers again.
      this.#options.log.warn(
        { signal: signal.metadata.name, err: error },
        'the end of a signal could not be written',
      );
    }
  }

  #send(signal: TinySignal, own: TraceContext): Promise<unknown> {
    const { deliver, clock } = this.#options;
    const timeoutMs = (signal.spec.timeoutSeconds ?? DEFAULT_TIMEOUT_S) * 1000;
    const deadlineMs = clock.now() + timeoutMs;
    const chain = {
      clock,
      deadlineMs,
      parent: this.#term.signal,
      what: `the delivery of TinySignal ${signal.metadata.name}`,
    };
    return runChain(chain, (chainSignal) =>
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

  #ended(signal: TinySignal, phase: SignalPhase, message: string, reason: string): TinySignalStatus {
    const nowMs = this.#options.clock.now();
    const isDelivered = phase === 'Delivered';
    const draft = {
      type: 'Complete',
      status: isDelivered ? ('True' as const) : ('False' as const),
      reason: reasonOf(reason),
      message: message === '' ? 'the node handled it' : message,
      observedGeneration: signal.metadata.generation ?? 0,
    };
    return {
      phase,
      completedAt: momentOf(nowMs),
      message,
      conditions: stampConditions(signal.status?.conditions, [draft], nowMs),
    };
  }

  async #expire(signal: TinySignal): Promise<ReconcileResult | void> {
    const leftMs = msUntilExpiry(signal, this.#options.clock.now());
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    await deleteSame(this.#options.client, signal);
  }

  #patch(signal: TinySignal, status: TinySignalStatus): Promise<TinySignal> {
    const { name = '', resourceVersion } = signal.metadata;
    return this.#options.client.patch(
      name,
      { metadata: { resourceVersion }, status },
      { subresource: 'status' },
    );
  }
}

/** `NODE_NOT_READY` → `NodeNotReady`; a module's `http-module.BAD_GATEWAY` → `HttpModuleBadGateway`. */
function reasonOf(code: string): string {
  if (!/[_.]/.test(code) && code !== code.toUpperCase()) return code;
  return code
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function parentOf(signal: TinySignal): TraceContext | undefined {
  const { traceID } = signal.spec;
  // The caller names a trace, not a span: any non-zero parent continues it, and it is sampled because it was asked for.
  return traceID === undefined ? undefined : { traceId: traceID, spanId: '0000000000000001', traceFlags: 1 };
}
