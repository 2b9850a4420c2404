import type { TinyTracker } from '@tinysystems/api';
import type { Log } from '@tinysystems/core';
import { MAX_TRACKERS, type TrackerSpec, type Trackers } from '@tinysystems/engine';
import type { Informer } from '@tinysystems/kubernetes';

/** How long a tracker lives that does not say it, seconds. */
const DEFAULT_TTL_S = 3600;
const DEFAULT_MAX_RECORDS = 1000;

/** Takes trackers up as the cache brings them. On every replica; its leader asks all of them what they have. */
export function followTrackers(
  cache: Pick<Informer<TinyTracker>, 'onEvent'>,
  trackers: Trackers,
  log: Log,
): void {
  const follow = (tracker: TinyTracker): void => {
    const { name = '' } = tracker.metadata;
    if (tracker.metadata.deletionTimestamp !== undefined) trackers.delete(name);
    else if (!trackers.set(trackerSpecOf(tracker)))
      log.warn({ tracker: name, limit: MAX_TRACKERS }, 'too many trackers: this one records nothing here');
  };
  cache.onEvent({
    add: follow,
    update: follow,
    delete: ({ metadata }) => trackers.delete(metadata.name ?? ''),
  });
}

/** A tracker as the engine sees it, with every default filled in. */
export function trackerSpecOf(tracker: TinyTracker): TrackerSpec {
  const { metadata, spec, status } = tracker;
  const { project, flow, node, ports, payload = 'redacted', sample = 1 } = spec;
  const maxRecords = maxRecordsOf(tracker);
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    ...{ project, flow, node, payload, sample, maxRecords },
    ports: ports === undefined ? undefined : new Set(ports),
    untilMs: untilMsOf(tracker),
    isOpen: (status?.recorded ?? 0) < maxRecords,
  };
}

/** After how many messages a tracker has enough. */
export function maxRecordsOf({ spec }: TinyTracker): number {
  return spec.maxRecords ?? DEFAULT_MAX_RECORDS;
}

/** When a tracker ends, milliseconds since the epoch. */
export function untilMsOf({ metadata, spec }: TinyTracker): number {
  return Date.parse(metadata.creationTimestamp ?? '') + (spec.ttlSeconds ?? DEFAULT_TTL_S) * 1000;
}
