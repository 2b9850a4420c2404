import { type TinyTracker, type TinyTrackerStatus, findCondition } from '@tinysystems/api';
import { TinyError } from '@tinysystems/core';
import type { ReplicaRecord } from '@tinysystems/transport';
import { type ReplicaAnswer, trackerStatusOf } from '../../src/reconcilers/tracker-status.ts';

const NOON = Date.parse('2026-01-01T12:00:00Z');

const tracker = (status: TinyTrackerStatus = {}, maxRecords = 100): TinyTracker => ({
  metadata: { name: 't', uid: 'u', generation: 2, creationTimestamp: '2026-01-01T11:59:00Z' },
  spec: { flow: 'f', maxRecords, ttlSeconds: 120 },
  status,
});
const replica = (pod: string) => ({ module: 'alpha', pod, addr: '127.0.0.1:1' });
const trace = (id: string, atMs: number, more: Partial<ReplicaRecord['traces'][number]> = {}) => ({
  ...{ id, startMs: NOON + atMs, durationMs: 10, hops: 1, error: '' },
  ...more,
});
const record = (recorded: number, traces: ReplicaRecord['traces'] = [], failed = 0): ReplicaRecord => ({
  ...{ trackerUid: 'u', recorded, failed, traces },
});
const knows = (pod: string): ReplicaAnswer => ({
  replica: replica(pod),
  record: record(0),
  failure: undefined,
});
const isLate = (pod: string): ReplicaAnswer => ({
  replica: replica(pod),
  record: undefined,
  failure: undefined,
});
const isSilent = (pod: string, kind: 'Timeout' | 'Transient' = 'Timeout'): ReplicaAnswer => ({
  ...{ replica: replica(pod), record: undefined },
  failure: new TinyError(kind, 'MODULE_UNREACHABLE', 'gone after 2.001 s'),
});
const statusOf = (
  answers: readonly ReplicaAnswer[],
  { before = tracker(), records = [] as readonly ReplicaRecord[] } = {},
) => {
  const told = records.map((record, n) => ({ replica: replica(`r${n}`), record, failure: undefined }));
  return trackerStatusOf({ tracker: before, answers: [...answers, ...told], nowMs: NOON });
};

describe('the status of a tracker', () => {
  it('is Pending until every replica that answers records, and says who does not', () => {
    const waiting = statusOf([knows('a'), isLate('b')]);
    expect(waiting).toMatchObject({ phase: 'Pending', until: '2026-01-01T12:01:00Z', observedGeneration: 2 });
    expect(waiting.since).toBeUndefined();
    expect(findCondition(waiting.conditions, 'Recording')).toMatchObject({
      reason: 'Starting',
      message: expect.stringContaining('not known yet to b') as string,
    });
    expect(statusOf([knows('a'), knows('b')])).toMatchObject({
      phase: 'Active',
      since: '2026-01-01T12:00:00Z',
    });
  });

  it('keeps since when it began, though a replica comes later', () => {
    const before = tracker({ phase: 'Active', since: '2026-01-01T11:59:01Z' });
    expect(statusOf([knows('a'), isLate('new')], { before })).toMatchObject({
      phase: 'Active',
      since: '2026-01-01T11:59:01Z',
    });
  });

  it('does not wait for a replica that cannot be asked, but names it, always in the same words', () => {
    const status = statusOf([knows('a'), isSilent('b'), isSilent('c', 'Transient')]);
    expect(status.phase).toBe('Active');
    expect(findCondition(status.conditions, 'Complete')).toMatchObject({
      status: 'False',
      reason: 'ReplicaUnreachable',
      message: expect.stringMatching(/: b \(no answer in time\), c \(gone after 2\.001 s\)$/) as string,
    });
    expect(statusOf([isSilent('b')]).phase).toBe('Pending');
  });

  it('adds up what all have recorded, and a trace that passed several of them', () => {
    const records = [
      record(3, [trace('x', 0, { hops: 2, error: 'A: first' }), trace('y', 500)], 1),
      record(4, [trace('x', 5, { durationMs: 20.04, error: 'A: again' })], 2),
    ];
    expect(statusOf([knows('a')], { records })).toMatchObject({
      recorded: 7,
      failed: 3,
      traces: [
        { id: 'y', start: '2026-01-01T12:00:00.500Z', duration: '10ms', hops: 1 },
        { id: 'x', start: '2026-01-01T12:00:00.000Z', duration: '25ms', hops: 3, error: 'A: first' },
      ],
    });
  });

  it('still counts what a replica had said that is gone or silent now, and no more of them than it may', () => {
    const gone = { pod: 'gone', recorded: 40, failed: 4 };
    const before = tracker({
      recorded: 45,
      failed: 5,
      replicas: [gone, { pod: 'r0', recorded: 5, failed: 1 }],
    });
    expect(statusOf([], { before, records: [record(6, [], 1)] })).toMatchObject({
      recorded: 46,
      failed: 5,
      replicas: [gone, { pod: 'r0', recorded: 6, failed: 1 }],
    });
    expect(statusOf([isSilent('r0')], { before })).toMatchObject({ recorded: 45 });
    const many = Array.from({ length: 120 }, () => record(1));
    const status = statusOf([], { before, records: many });
    expect(status.replicas).toHaveLength(100);
    expect(status.replicas).not.toContainEqual(gone);
  });

  it('never falls behind what was said before', () => {
    const said = { id: 'old', start: '2026-01-01T11:59:30.000Z', duration: '1ms', hops: 9 };
    const before = tracker({ recorded: 50, failed: 5, traces: [said] });
    const records = [record(2, [trace('new', 0), trace('old', -30_000, { hops: 1, durationMs: 2 })])];
    expect(statusOf([knows('a')], { before, records })).toMatchObject({
      recorded: 50,
      failed: 5,
      traces: [{ id: 'new' }, { ...said, duration: '2ms' }],
    });
  });

  it('lists the last twenty traces', () => {
    const records = [0, 20].map((from) =>
      record(
        20,
        Array.from({ length: 20 }, (_, n) => trace(`t${from + n}`, from + n)),
      ),
    );
    const { traces = [] } = statusOf([knows('a')], { records });
    expect(traces.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, n) => `t${39 - n}`));
  });

  it('is Full once all together have enough', () => {
    const full = statusOf([knows('a')], { before: tracker({}, 7), records: [record(3), record(4)] });
    expect(full.phase).toBe('Full');
    expect(findCondition(full.conditions, 'Recording')).toMatchObject({ status: 'False', reason: 'Full' });
  });
});
