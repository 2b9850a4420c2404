import { type TinySignal, type TinySignalStatus, stampConditions } from '@tinysystems/api';
import { type Clock, sanitiseName } from '@tinysystems/core';
import { type ObjectKey, type ReconcileResult, type ResourceClient, parseKey } from '@tinysystems/kubernetes';
import type { Caches } from '../resources/caches.ts';
import { deleteSame } from '../resources/delete-same.ts';
import { momentOf } from '../resources/status-writer.ts';
import { DEFAULT_TIMEOUT_S } from './signal-delivery.ts';
import { msUntilExpiry } from './signal-expiry.ts';

/** Ends the signals that no module owns: their node, or the node's module, does not exist. */
export class StraySignalReconciler {
  readonly #caches: Caches;
  readonly #client: Pick<ResourceClient<TinySignal>, 'patch' | 'delete'>;
  readonly #clock: Clock;

  constructor(caches: Caches, client: Pick<ResourceClient<TinySignal>, 'patch' | 'delete'>, clock: Clock) {
    this.#caches = caches;
    this.#client = client;
    this.#clock = clock;
  }

  async reconcile(key: ObjectKey): Promise<ReconcileResult | void> {
    const { namespace, name } = parseKey(key);
    const signal = this.#caches.signals.lister.get(namespace, name);
    if (signal === undefined || signal.metadata.deletionTimestamp !== undefined) return;
    const missing = this.#missing(signal, namespace);
    if (missing === undefined) return;
    if (signal.status?.phase === 'Failed' || signal.status?.phase === 'Delivered')
      return this.#expire(signal);
    const createdMs = Date.parse(signal.metadata.creationTimestamp ?? '');
    const leftMs = createdMs + (signal.spec.timeoutSeconds ?? DEFAULT_TIMEOUT_S) * 1000 - this.#clock.now();
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    await this.#fail(signal, missing);
  }

  #missing(
    signal: TinySignal,
    namespace: string,
  ): { readonly reason: string; readonly message: string } | undefined {
    const node = this.#caches.nodes.lister.get(namespace, signal.spec.node);
    if (node === undefined)
      return {
        reason: 'NodeNotFound',
        message: `there is no TinyNode ${signal.spec.node}: correct spec.node, or create it`,
      };
    const module = sanitiseName(node.spec.module);
    if (this.#caches.modules.lister.get(namespace, module) !== undefined) return undefined;
    return {
      reason: 'ModuleNotFound',
      message: `node ${signal.spec.node} belongs to module ${module}, which is not installed here`,
    };
  }

  async #fail(
    signal: TinySignal,
    { reason, message }: { readonly reason: string; readonly message: string },
  ): Promise<void> {
    const nowMs = this.#clock.now();
    const generation = signal.metadata.generation ?? 0;
    const draft = {
      type: 'Complete',
      status: 'False' as const,
      reason,
      message,
      observedGeneration: generation,
    };
    const status: TinySignalStatus = {
      observedGeneration: generation,
      phase: 'Failed',
      attempts: signal.status?.attempts ?? 0,
      completedAt: momentOf(nowMs),
      message,
      conditions: stampConditions(signal.status?.conditions, [draft], nowMs),
    };
    const { name = '', resourceVersion } = signal.metadata;
    await this.#client.patch(name, { metadata: { resourceVersion }, status }, { subresource: 'status' });
  }

  async #expire(signal: TinySignal): Promise<ReconcileResult | void> {
    const leftMs = msUntilExpiry(signal, this.#clock.now());
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    await deleteSame(this.#client, signal);
  }
}
