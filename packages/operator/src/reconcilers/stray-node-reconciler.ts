import { type TinyNode, stampConditions } from '@tinysystems/api';
import { type Clock, sanitiseName } from '@tinysystems/core';
import { type ObjectKey, type ReconcileResult, type ResourceClient, parseKey } from '@tinysystems/kubernetes';
import type { Caches } from '../resources/caches.ts';
import { momentOf, writeStatus } from '../resources/status-writer.ts';

/** How long a module may be missing before that is said, milliseconds: it may be starting, and caches differ for a moment. */
const GRACE_MS = 5000;

/** Says of a node whose module is not installed that nobody runs it; the module's leader overwrites that when it comes. */
export class StrayNodeReconciler {
  readonly #caches: Caches;
  readonly #client: Pick<ResourceClient<TinyNode>, 'patch'>;
  readonly #clock: Clock;
  /** Since when the module of a node has been missing, milliseconds since the epoch. */
  readonly #missingSinceMs = new Map<ObjectKey, number>();

  constructor(caches: Caches, client: Pick<ResourceClient<TinyNode>, 'patch'>, clock: Clock) {
    this.#caches = caches;
    this.#client = client;
    this.#clock = clock;
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<ReconcileResult | void> {
    const { namespace, name } = parseKey(key);
    const node = this.#caches.nodes.lister.get(namespace, name);
    const module = sanitiseName(node?.spec.module ?? '');
    if (node === undefined || this.#caches.modules.lister.get(namespace, module) !== undefined) {
      this.#missingSinceMs.delete(key);
      return;
    }
    const leftMs = this.#graceLeftMs(key);
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    const message = `module ${module} is not installed here: install it, or correct spec.module`;
    const generation = node.metadata.generation ?? 0;
    const draft = {
      type: 'Ready',
      status: 'False' as const,
      reason: 'ModuleNotFound',
      message,
      observedGeneration: generation,
    };
    const nowMs = this.#clock.now();
    const wanted = {
      observedGeneration: generation,
      status: message,
      error: true,
      conditions: stampConditions(node.status?.conditions, [draft], nowMs),
    };
    await writeStatus(this.#client, node, wanted, { stamp: { lastUpdateTime: momentOf(nowMs) }, signal });
  }

  #graceLeftMs(key: ObjectKey): number {
    const nowMs = this.#clock.now();
    const sinceMs = this.#missingSinceMs.get(key) ?? nowMs;
    this.#missingSinceMs.set(key, sinceMs);
    return sinceMs + GRACE_MS - nowMs;
  }
}
