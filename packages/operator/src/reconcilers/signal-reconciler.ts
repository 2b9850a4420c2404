import type { TinyNode, TinySignal } from '@tinysystems/api';
import { type Log, TinyError, isSameModule, sleep } from '@tinysystems/core';
import {
  type Controller,
  type Informer,
  type ObjectKey,
  type ReconcileResult,
  type ResourceClient,
  parseKey,
} from '@tinysystems/kubernetes';
import { deleteSame } from '../resources/delete-same.ts';
import type { Leadership } from '../resources/leadership.ts';
import { momentOf } from '../resources/status-writer.ts';
import { type DeliveryOptions, deliverSignal } from './signal-delivery.ts';
import { msUntilExpiry } from './signal-expiry.ts';
import { endOf, endedStatus, patchSignal, postponedStatus, writeOutcome } from './signal-outcome.ts';

/** How many signals one leader delivers at once; the others wait for their turn. */
export const MAX_DELIVERIES = 256;
/** How long the deliveries of a replica that stops in order may go on, milliseconds. */
export const DRAIN_MS = 5000;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;
/** The watch has brought what was written by then, so that the next look sees it; milliseconds. */
const SEEN_AFTER_MS = 50;

/** What the reconciler of TinySignals works with. */
export interface SignalReconcilerOptions extends DeliveryOptions {
  readonly moduleName: string;
  readonly identity: string;
  readonly caches: {
    readonly signals: Pick<Informer<TinySignal>, 'lister'>;
    readonly nodes: Pick<Informer<TinyNode>, 'lister'>;
  };
  readonly client: Pick<ResourceClient<TinySignal>, 'get' | 'patch' | 'delete'>;
  readonly leadership: Pick<Leadership, 'isLeading'>;
  readonly log: Log;
}

/** The controller that the reconciler works for. */
type Queue = Pick<Controller, 'enqueue'>;

/**
 * Triggers nodes: claims a signal before it delivers it, so that a crash is seen, and writes how it ended.
 * Only the leader of the module that owns the node does it.
 */
export class SignalReconciler {
  readonly #options: SignalReconcilerOptions;
  readonly #deliveries = new Map<ObjectKey, Promise<void>>();
  /** Signals that found too many deliveries under way, in the order in which they came. */
  readonly #crowd = new Set<ObjectKey>();
  /** When a signal whose delivery failed for a passing reason is tried again, milliseconds since the epoch. */
  readonly #retryAtMs = new Map<ObjectKey, number>();
  #term = new AbortController();
  #isDraining = false;

  constructor(options: SignalReconcilerOptions) {
    this.#options = options;
  }

  /** How many signals are being delivered. */
  get delivering(): number {
    return this.#deliveries.size;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#crowd.size;
  }

  /**
   * Ends a term. A replica that still leads was asked to stop: it claims nothing more, and what it delivers may go on
   * for 5 s. Of a lost term everything ends at once; the next leader takes the signals over.
   */
  async endTerm(): Promise<void> {
    this.#isDraining = true;
    if (this.#options.leadership.isLeading) await this.#drain();
    this.#term.abort(new TinyError('Cancelled', 'CANCELLED', 'this replica no longer leads'));
    await Promise.all(this.#deliveries.values());
    this.#crowd.clear();
    this.#retryAtMs.clear();
    this.#term = new AbortController();
    this.#isDraining = false;
  }

  async reconcile(key: ObjectKey, queue: Queue): Promise<ReconcileResult | void> {
    try {
      return await this.#look(key, queue);
    } finally {
      this.#admitNext(queue);
    }
  }

  async #look(key: ObjectKey, queue: Queue): Promise<ReconcileResult | void> {
    const { caches, leadership, moduleName } = this.#options;
    const { namespace, name } = parseKey(key);
    const signal = caches.signals.lister.get(namespace, name);
    if (signal === undefined || signal.metadata.deletionTimestamp !== undefined) return this.#forget(key);
    const node = caches.nodes.lister.get(namespace, signal.spec.node);
    if (node === undefined || !isSameModule(node.spec.module, moduleName)) return this.#forget(key);
    if (!leadership.isLeading || this.#isDraining || this.#deliveries.has(key)) return;
    const { phase = 'Pending', attempts = 0 } = signal.status ?? {};
    if (phase === 'Delivered' || phase === 'Failed') return this.#expire(signal);
    if (phase === 'Delivering' && attempts > (signal.spec.backoffLimit ?? 0)) return this.#giveUp(signal);
    return this.#begin({ key, signal, node, queue });
  }

  async #begin(work: Work): Promise<ReconcileResult | void> {
    const { key, signal } = work;
    const leftMs = (this.#retryAtMs.get(key) ?? 0) - this.#options.clock.now();
    if (leftMs > 0) return { requeueAfterMs: Math.min(leftMs, MAX_BACKOFF_MS) };
    if (this.#deliveries.size >= MAX_DELIVERIES) {
      this.#crowd.add(key);
      return;
    }
    const term = this.#term.signal;
    const claimed = await this.#claim(signal, term);
    // A claim that came too late is left to the next leader, as if this replica had died.
    if (term.aborted || !this.#options.leadership.isLeading) return;
    this.#retryAtMs.delete(key);
    this.#deliveries.set(key, this.#deliver({ ...work, signal: claimed }, term));
  }

  /** Writes who delivers, and which attempt it is, before anything is sent. @throws ApiError 409 when another was faster. */
  #claim(signal: TinySignal, term: AbortSignal): Promise<TinySignal> {
    const { identity, clock, client } = this.#options;
    const claim = {
      observedGeneration: signal.metadata.generation ?? 0,
      phase: 'Delivering' as const,
      attempts: (signal.status?.attempts ?? 0) + 1,
      holder: identity,
      startedAt: signal.status?.startedAt ?? momentOf(clock.now()),
      message: '',
    };
    return patchSignal(client, signal, claim, term);
  }

  /** Never rejects. */
  async #deliver({ key, signal, node, queue }: Work, term: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    try {
      const { failure, traceId } = await deliverSignal(signal, node, this.#options, term);
      const attempts = signal.status?.attempts ?? 1;
      const isRetried = failure?.kind === 'Transient' && attempts <= (signal.spec.backoffLimit ?? 0);
      if (isRetried) this.#retryAtMs.set(key, clock.now() + backoffMs(attempts));
      const outcome = isRetried ? postponedStatus(failure) : endedStatus(signal, endOf(failure), clock.now());
      // Of a lost term nothing is written: the claim tells the next leader.
      await writeOutcome(signal, { ...outcome, traceID: traceId }, this.#options, term);
    } catch (error) {
      log.error({ signal: signal.metadata.name, err: error }, 'the delivery of a signal broke off');
    } finally {
      this.#deliveries.delete(key);
      queue.enqueue(key, { delayMs: SEEN_AFTER_MS });
      this.#admitNext(queue);
    }
  }

  /** Lets the next of the crowd look again: whoever looks and does not deliver passes the turn on. */
  #admitNext(queue: Queue): void {
    const [next] = this.#crowd;
    if (next === undefined || this.#deliveries.size >= MAX_DELIVERIES) return;
    this.#crowd.delete(next);
    queue.enqueue(next);
  }

  #forget(key: ObjectKey): void {
    this.#crowd.delete(key);
    this.#retryAtMs.delete(key);
  }

  async #giveUp(signal: TinySignal): Promise<void> {
    const { clock, client } = this.#options;
    const holder = signal.status?.holder ?? 'its holder';
    const message = `${holder} died or stopped leading while it delivered; it is not known how far that came`;
    const end = endedStatus(signal, { phase: 'Failed', reason: 'HolderLost', message }, clock.now());
    await patchSignal(client, signal, end, this.#term.signal);
  }

  async #expire(signal: TinySignal): Promise<ReconcileResult | void> {
    const leftMs = msUntilExpiry(signal, this.#options.clock.now());
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    await deleteSame(this.#options.client, signal);
  }

  async #drain(): Promise<void> {
    const drained = new AbortController();
    const all = Promise.all(this.#deliveries.values()).then(() => drained.abort());
    await sleep(this.#options.clock, DRAIN_MS, drained.signal).catch(() => all);
  }
}

/** One signal to deliver. */
interface Work {
  readonly key: ObjectKey;
  readonly signal: TinySignal;
  readonly node: TinyNode;
  readonly queue: Queue;
}

function backoffMs(attempts: number): number {
  return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempts - 1));
}
