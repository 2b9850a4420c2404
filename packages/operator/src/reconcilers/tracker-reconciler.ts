import { type TinyTracker, stampConditions } from '@tinysystems/api';
import type { Clock } from '@tinysystems/core';
import { type ObjectKey, type ReconcileResult, type ResourceClient, parseKey } from '@tinysystems/kubernetes';
import type { Caches } from '../resources/caches.ts';
import { deleteSame } from '../resources/delete-same.ts';
import { momentOf, writeStatus } from '../resources/status-writer.ts';

const DEFAULT_TTL_S = 3600;

/** Keeps the window of a tracker: open from its creation for its time to live, then the object goes away. */
export class TrackerReconciler {
  readonly #caches: Caches;
  readonly #client: Pick<ResourceClient<TinyTracker>, 'patch' | 'delete'>;
  readonly #clock: Clock;

  constructor(caches: Caches, client: Pick<ResourceClient<TinyTracker>, 'patch' | 'delete'>, clock: Clock) {
    this.#caches = caches;
    this.#client = client;
    this.#clock = clock;
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<ReconcileResult | void> {
    const { namespace, name } = parseKey(key);
    const tracker = this.#caches.trackers.lister.get(namespace, name);
    if (tracker === undefined || tracker.metadata.deletionTimestamp !== undefined) return;
    const sinceMs = Date.parse(tracker.metadata.creationTimestamp ?? '');
    const untilMs = sinceMs + (tracker.spec.ttlSeconds ?? DEFAULT_TTL_S) * 1000;
    const nowMs = this.#clock.now();
    if (nowMs >= untilMs) return deleteSame(this.#client, tracker);
    const message = `the window is open until ${momentOf(untilMs)}`;
    const generation = tracker.metadata.generation ?? 0;
    const draft = {
      type: 'Active',
      status: 'True' as const,
      reason: 'WindowOpen',
      message,
      observedGeneration: generation,
    };
    const wanted = {
      observedGeneration: generation,
      phase: 'Active',
      since: momentOf(sinceMs),
      until: momentOf(untilMs),
      conditions: stampConditions(tracker.status?.conditions, [draft], nowMs),
    };
    await writeStatus(this.#client, tracker, wanted, { signal });
    return { requeueAfterMs: untilMs - nowMs };
  }
}
