import { RevisionLog, type StoreEvent } from '../../src/storage/revision-log.ts';

function event(revision: number): StoreEvent {
  const object = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' } };
  return { type: 'MODIFIED', resource: 'things', key: 'a', revision, object, previous: object };
}

function filled(count: number, maxEvents: number): RevisionLog {
  const log = new RevisionLog(0, { maxEvents, maxBytes: 1_000_000 });
  for (let revision = 1; revision <= count; revision += 1) log.append(event(revision));
  return log;
}

describe('RevisionLog', () => {
  it('gives the changes after a revision', () => {
    expect(
      filled(5, 100)
        .since(3)
        ?.map(({ revision }) => revision),
    ).toEqual([4, 5]);
    expect(filled(5, 100).since(5)).toEqual([]);
  });

  it('forgets the oldest changes beyond its limit', () => {
    const log = filled(1000, 20);
    expect(log.since(1000 - 30)).toBeUndefined();
    expect(log.since(1000 - 10)?.length).toBe(10);
  });

  it('forgets the oldest changes when the objects in it are large', () => {
    const log = new RevisionLog(0, { maxEvents: 100, maxBytes: 10_000 });
    for (let revision = 1; revision <= 20; revision += 1) {
      const large = event(revision);
      log.append({ ...large, object: { ...large.object, text: 'x'.repeat(2_000) } });
    }
    expect(log.since(10)).toBeUndefined();
    expect(log.since(18)?.length).toBe(2);
  });

  it('knows nothing before a compaction and everything after it', () => {
    const log = filled(5, 100);
    log.compact();
    log.append(event(6));
    expect([log.since(4), log.since(5)?.length]).toEqual([undefined, 1]);
  });
});
