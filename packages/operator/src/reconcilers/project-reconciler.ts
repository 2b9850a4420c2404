import type { TinyProject } from '@tinysystems/api';
import type { Clock } from '@tinysystems/core';
import { type ObjectKey, type ReconcileResult, type ResourceClient, parseKey } from '@tinysystems/kubernetes';
import { BY_PROJECT, type Caches } from '../resources/caches.ts';
import { writeStatus } from '../resources/status-writer.ts';
import { groupStatusOf } from './group-status.ts';
import { RESYNC_MS } from './node-reconciler.ts';

/** Writes what the flows and nodes of a project add up to. By one replica of all modules in the namespace. */
export class ProjectReconciler {
  readonly #caches: Caches;
  readonly #client: Pick<ResourceClient<TinyProject>, 'patch'>;
  readonly #clock: Clock;

  constructor(caches: Caches, client: Pick<ResourceClient<TinyProject>, 'patch'>, clock: Clock) {
    this.#caches = caches;
    this.#client = client;
    this.#clock = clock;
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<ReconcileResult | void> {
    const { namespace, name } = parseKey(key);
    const project = this.#caches.projects.lister.get(namespace, name);
    if (project === undefined) return;
    const status = groupStatusOf({
      nodes: this.#caches.nodes.lister.byIndex(BY_PROJECT, name),
      generation: project.metadata.generation ?? 0,
      isSuspended: false,
      before: project.status?.conditions,
      nowMs: this.#clock.now(),
    });
    const flows = this.#caches.flows.lister.byIndex(BY_PROJECT, name).length;
    await writeStatus(this.#client, project, { ...status, flows }, { signal });
    return { requeueAfterMs: RESYNC_MS };
  }
}
