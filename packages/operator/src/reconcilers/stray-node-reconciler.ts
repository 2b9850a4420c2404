import { type TinyNode, stampConditions } from '@tinysystems/api';
import { type Clock, sanitiseName } from '@tinysystems/core';
import { type ObjectKey, type ResourceClient, parseKey } from '@tinysystems/kubernetes';
import type { Caches } from '../resources/caches.ts';
import { momentOf, writeStatus } from '../resources/status-writer.ts';

/** Says of a node whose module is not installed that nobody runs it; the module's leader overwrites that when it comes. */
export class StrayNodeReconciler {
  readonly #caches: Caches;
  readonly #client: Pick<ResourceClient<TinyNode>, 'patch'>;
  readonly #clock: Clock;

  constructor(caches: Caches, client: Pick<ResourceClient<TinyNode>, 'patch'>, clock: Clock) {
    this.#caches = caches;
    this.#client = client;
    this.#clock = clock;
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<void> {
    const { namespace, name } = parseKey(key);
    const node = this.#caches.nodes.lister.get(namespace, name);
    if (node === undefined) return;
    const module = sanitiseName(node.spec.module);
    if (this.#caches.modules.lister.get(namespace, module) !== undefined) return;
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
}
