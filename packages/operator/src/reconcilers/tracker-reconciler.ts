import type { TinyTracker } from '@tinysystems/api';
import { type Clock, toTinyError } from '@tinysystems/core';
import type { Trackers } from '@tinysystems/engine';
import { type ObjectKey, type ReconcileResult, type ResourceClient, parseKey } from '@tinysystems/kubernetes';
import type { ClientPool } from '@tinysystems/transport';
import type { Caches } from '../resources/caches.ts';
import { deleteSame } from '../resources/delete-same.ts';
import { untilMsOf } from '../resources/live-trackers.ts';
import { writeStatus } from '../resources/status-writer.ts';
import { type Replica, replicasOf } from './tracked-replicas.ts';
import { type ReplicaAnswer, trackerStatusOf } from './tracker-status.ts';

/** How often the replicas are asked what they have recorded, milliseconds. */
export const POLL_MS = 2000;
/** How often until all of them know the tracker, milliseconds. */
const FIRST_POLL_MS = 250;

/** What the reconciler of TinyTrackers works with. */
export interface TrackerReconcilerOptions {
  readonly caches: Pick<Caches, 'trackers' | 'nodes' | 'modules'>;
  readonly client: Pick<ResourceClient<TinyTracker>, 'patch' | 'delete'>;
  readonly pool: Pick<ClientPool, 'recorded'>;
  /** What this replica itself records. */
  readonly own: Pick<Trackers, 'recorded'>;
  readonly identity: string;
  readonly clock: Clock;
}

/**
 * Adds up what the replicas have recorded for a tracker, and ends it when its time is over. By one replica of all
 * modules in the namespace.
 */
export class TrackerReconciler {
  readonly #options: TrackerReconcilerOptions;

  constructor(options: TrackerReconcilerOptions) {
    this.#options = options;
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<ReconcileResult | void> {
    const { caches, client, clock } = this.#options;
    const { namespace, name } = parseKey(key);
    const tracker = caches.trackers.lister.get(namespace, name);
    if (tracker === undefined || tracker.metadata.deletionTimestamp !== undefined) return;
    const untilMs = untilMsOf(tracker);
    if (clock.now() >= untilMs) return deleteSame(client, tracker);
    const replicas = replicasOf(tracker, caches);
    const answers = await Promise.all(replicas.map((replica) => this.#ask(replica, tracker)));
    const nowMs = clock.now();
    const wanted = trackerStatusOf({ tracker, answers, nowMs });
    await writeStatus(client, tracker, wanted, { signal });
    const isDone = wanted.phase === 'Full' && tracker.status?.phase === 'Full';
    const pollMs = wanted.phase === 'Pending' && replicas.length > 0 ? FIRST_POLL_MS : POLL_MS;
    return { requeueAfterMs: isDone ? untilMs - nowMs : Math.min(untilMs - nowMs, pollMs) };
  }

  /** Never rejects. */
  async #ask(replica: Replica, { metadata }: TinyTracker): Promise<ReplicaAnswer> {
    const { pool, own, identity } = this.#options;
    const uids = [metadata.uid ?? ''];
    try {
      const [record] =
        replica.pod === identity
          ? own.recorded(uids)
          : await pool.recorded(replica.module, replica.addr, uids);
      return { replica, record, failure: undefined };
    } catch (error) {
      return { replica, record: undefined, failure: toTinyError(error) };
    }
  }
}
