import { MAX_TRACKED_TRACES, type TrackedTrace } from '@tinysystems/api';
import { parseDurationMs } from '@tinysystems/core';
import type { ReplicaRecord } from '@tinysystems/transport';

interface Merged {
  startMs: number;
  endMs: number;
  hops: number;
  error: string;
}

/** The last traces, newest first: what the replicas know of each together, and what was said of it before. */
export function mergeTraces(
  before: readonly TrackedTrace[],
  records: readonly ReplicaRecord[],
): readonly TrackedTrace[] {
  const merged = new Map<string, Merged>();
  for (const { id, startMs, durationMs, hops, error } of records.flatMap(({ traces }) => traces)) {
    const known = merged.get(id) ?? { startMs, endMs: 0, hops: 0, error: '' };
    merged.set(id, {
      startMs: Math.min(known.startMs, startMs),
      endMs: Math.max(known.endMs, startMs + durationMs),
      hops: known.hops + hops,
      error: known.error || error,
    });
  }
  for (const trace of before) merged.set(trace.id, widened(merged.get(trace.id), trace));
  return [...merged]
    .sort(([, a], [, b]) => b.startMs - a.startMs)
    .slice(0, MAX_TRACKED_TRACES)
    .map(([id, trace]) => shown(id, trace));
}

/** A replica forgets old traces, and a new leader does not know those that are gone: what was said before still holds. */
function widened(now: Merged | undefined, { start, duration, hops, error = '' }: TrackedTrace): Merged {
  const startMs = Date.parse(start);
  const before = { startMs, endMs: startMs + (parseDurationMs(duration) ?? 0), hops, error };
  if (now === undefined) return before;
  return {
    startMs: Math.min(now.startMs, before.startMs),
    endMs: Math.max(now.endMs, before.endMs),
    hops: Math.max(now.hops, before.hops),
    error: before.error || now.error,
  };
}

function shown(id: string, { startMs, endMs, hops, error }: Merged): TrackedTrace {
  return {
    id,
    start: new Date(startMs).toISOString(),
    duration: `${Math.round((endMs - startMs) * 10) / 10}ms`,
    hops,
    ...(error !== '' && { error }),
  };
}
