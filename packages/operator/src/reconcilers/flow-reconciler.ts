import type { TinyFlow } from '@tinysystems/api';
import type { Clock } from '@tinysystems/core';
import { type ObjectKey, type ReconcileResult, type ResourceClient, parseKey } from '@tinysystems/kubernetes';
import { BY_FLOW, type Caches } from '../resources/caches.ts';
import { writeStatus } from '../resources/status-writer.ts';
import { groupStatusOf } from './group-status.ts';
import { RESYNC_MS } from './node-reconciler.ts';

/** Writes what the nodes of a flow add up to. By one replica of all modules in the namespace. */
export class FlowReconciler {
  readonly #caches: Caches;
  readonly #client: Pick<ResourceClient<TinyFlow>, 'patch'>;
  readonly #clock: Clock;

  constructor(caches: Caches, client: Pick<ResourceClient<TinyFlow>, 'patch'>, clock: Clock) {
    this.#caches = caches;
    this.#client = client;
    this.#clock = clock;
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<ReconcileResult | void> {
    const { namespace, name } = parseKey(key);
    const flow = this.#caches.flows.lister.get(namespace, name);
    if (flow === undefined) return;
    const wanted = groupStatusOf({
      nodes: this.#caches.nodes.lister.byIndex(BY_FLOW, name),
      generation: flow.metadata.generation ?? 0,
      isSuspended: flow.spec.suspended === true,
      before: flow.status?.conditions,
      nowMs: this.#clock.now(),
    });
    await writeStatus(this.#client, flow, wanted, { signal });
    return { requeueAfterMs: RESYNC_MS };
  }
}
