import {
  type ConditionDraft,
  MAX_TRACKING_REPLICAS,
  type TinyTracker,
  type TinyTrackerStatus,
  type TrackingReplica,
  stampConditions,
} from '@tinysystems/api';
import type { TinyError } from '@tinysystems/core';
import type { ReplicaRecord } from '@tinysystems/transport';
import { maxRecordsOf, untilMsOf } from '../resources/live-trackers.ts';
import { momentOf } from '../resources/status-writer.ts';
import { mergeTraces } from './merge-traces.ts';
import type { Replica } from './tracked-replicas.ts';

/** How many replicas a condition names. */
const MAX_NAMED = 10;

/** What a replica said. */
export interface ReplicaAnswer {
  readonly replica: Replica;
  /** `undefined`: it does not know the tracker yet, or did not answer. */
  readonly record: ReplicaRecord | undefined;
  /** Why it did not answer. */
  readonly failure: TinyError | undefined;
}

/** What a tracker's status is made from. */
export interface TrackerStatusOptions {
  readonly tracker: TinyTracker;
  /** Of the replicas that live now. */
  readonly answers: readonly ReplicaAnswer[];
  readonly nowMs: number;
}

/** Adds up what replicas have recorded; of one that cannot be asked any more, what it said last. */
export function trackerStatusOf(options: TrackerStatusOptions): TinyTrackerStatus {
  const { tracker, answers, nowMs } = options;
  const before = tracker.status ?? {};
  const replicas = lastWordsOf(before.replicas ?? [], answers);
  const sum = (of: 'recorded' | 'failed') =>
    Math.max(
      before[of] ?? 0,
      replicas.reduce((total, replica) => total + replica[of], 0),
    );
  const recorded = sum('recorded');
  const since = before.since ?? (areAllRecording(answers) ? momentOf(nowMs) : undefined);
  const isFull = recorded >= maxRecordsOf(tracker);
  const open = since === undefined ? 'Pending' : 'Active';
  const observedGeneration = tracker.metadata.generation ?? 0;
  const drafts = [recording(options, isFull), complete(answers), ...payloadWhole(tracker)];
  return {
    observedGeneration,
    phase: isFull ? 'Full' : open,
    ...(since !== undefined && { since }),
    until: momentOf(untilMsOf(tracker)),
    recorded,
    failed: sum('failed'),
    replicas,
    traces: mergeTraces(
      before.traces ?? [],
      answers.flatMap(({ record }) => record ?? []),
    ),
    conditions: stampConditions(
      before.conditions,
      drafts.map((draft) => ({ ...draft, observedGeneration })),
      nowMs,
    ),
  };
}

function lastWordsOf(
  before: readonly TrackingReplica[],
  answers: readonly ReplicaAnswer[],
): readonly TrackingReplica[] {
  const words = new Map(before.map((word) => [word.pod, word]));
  for (const { replica, record } of answers) {
    if (record === undefined) continue;
    const { recorded, failed } = record;
    words.delete(replica.pod);
    words.set(replica.pod, { pod: replica.pod, recorded, failed });
  }
  // Those that are gone come first, and go first.
  return [...words.values()].slice(-MAX_TRACKING_REPLICAS);
}

function areAllRecording(answers: readonly ReplicaAnswer[]): boolean {
  const answered = answers.filter(({ failure }) => failure === undefined);
  return answered.length > 0 && answered.every(({ record }) => record !== undefined);
}

function recording({ tracker, answers }: TrackerStatusOptions, isFull: boolean): ConditionDraft {
  const type = 'Recording';
  if (isFull) {
    const message = `it has its ${maxRecordsOf(tracker)} messages: raise spec.maxRecords for more`;
    return { type, status: 'False', reason: 'Full', message };
  }
  if (answers.length === 0) {
    const message = `no running module has ${subjectOf(tracker)}: correct the spec, or create it`;
    return { type, status: 'False', reason: 'NothingMatches', message };
  }
  const late = answers.filter(({ record, failure }) => record === undefined && failure === undefined);
  if (late.length > 0) {
    const message = `not known yet to ${listOf(late.map(({ replica }) => replica.pod))}; a replica records for 64 trackers at most`;
    return { type, status: 'False', reason: 'Starting', message };
  }
  const message = 'tinysystems trace <id> shows a trace of status.traces';
  return { type, status: 'True', reason: 'Recording', message };
}

function complete(answers: readonly ReplicaAnswer[]): ConditionDraft {
  const type = 'Complete';
  const silent = answers.flatMap(({ replica, failure }) =>
    failure === undefined ? [] : [`${replica.pod} (${whyOf(failure)})`],
  );
  if (silent.length === 0)
    return { type, status: 'True', reason: 'AllAsked', message: 'every replica tells what it has recorded' };
  const message = `what these have recorded meanwhile is missing, they cannot be asked: ${listOf(silent)}`;
  return { type, status: 'False', reason: 'ReplicaUnreachable', message };
}

/** Says, to whoever asks for everything, what is left out all the same. */
function payloadWhole({ spec }: TinyTracker): readonly ConditionDraft[] {
  if (spec.payload !== 'full') return [];
  const message = 'fields that a schema calls secret stay hidden, whatever spec.payload says';
  return [{ type: 'PayloadWhole', status: 'False', reason: 'SecretsHidden', message }];
}

function subjectOf({ spec: { node, flow, project } }: TinyTracker): string {
  if (node !== undefined) return `TinyNode ${node}`;
  return flow !== undefined ? `nodes of TinyFlow ${flow}` : `nodes of TinyProject ${project ?? ''}`;
}

/** The same words for the same failure: how long it took is none of the status. */
function whyOf({ kind, message }: TinyError): string {
  return kind === 'Timeout' ? 'no answer in time' : message;
}

function listOf(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return more > 0 ? `${names.slice(0, MAX_NAMED).join(', ')} and ${more} more` : names.join(', ');
}
