import { LEASE_END, RemoteElector, TERM } from '../../src/control/remote-elector.ts';
import { SharedTimes } from '../../src/control/shared-times.ts';
import { silentLogger } from '../../src/logger.ts';
import { FakeClock, settle } from '../fake-clock.ts';
import { RecordingMetrics } from '../recording-metrics.ts';

const FOLLOWS = {
  isLeader: false,
  term: 0,
  leaseTransitions: 0,
  holder: undefined,
  hasAsked: true,
  refusal: undefined,
  leaseEndsMs: 0,
};
const LEADS = { ...FOLLOWS, isLeader: true, term: 1, holder: 'a' };

describe('RemoteElector', () => {
  it('shows what the other thread tells, and calls its listeners at gains and losses only', async () => {
    await using test = start();
    const heard: boolean[] = [];
    test.elector.onChange((isLeader) => heard.push(isLeader));
    test.elector.take({ ...FOLLOWS, holder: 'b', leaseTransitions: 3 });
    expect(test.elector).toMatchObject({ isLeader: false, holder: 'b', leaseTransitions: 3, hasAsked: true });
    test.elector.take(LEADS);
    test.elector.take({ ...LEADS, leaseTransitions: 4 });
    test.elector.take({ ...FOLLOWS, term: 1 });

    expect(heard).toEqual([true, false]);
  });

  it('holds its lease until the shared end of it, without another word', async () => {
    await using test = start();
    test.lease.set(TERM, 1);
    test.lease.set(LEASE_END, 15_000);
    expect(test.elector.holdsLease()).toBe(false); // It has not been told that it leads.
    test.elector.take(LEADS);
    expect(test.elector.holdsLease()).toBe(true);
    await test.clock.advance(14_999);
    expect(test.elector.holdsLease()).toBe(true);
    await test.clock.advance(1);
    expect(test.elector.holdsLease()).toBe(false);

    test.lease.set(LEASE_END, 30_000);

    expect(test.elector.holdsLease()).toBe(true);
  });

  it('does not hold a lease that was lost, or lost and gained again, before it was told', async () => {
    await using test = start();
    test.lease.set(TERM, 1);
    test.lease.set(LEASE_END, 15_000);
    test.elector.take(LEADS);
    test.lease.set(LEASE_END, 0);
    expect(test.elector.holdsLease()).toBe(false);
    test.lease.set(TERM, 2);
    test.lease.set(LEASE_END, 30_000);
    expect(test.elector.holdsLease()).toBe(false);

    test.elector.take({ ...FOLLOWS, term: 1 });
    test.elector.take({ ...LEADS, term: 2 });

    expect(test.elector.holdsLease()).toBe(true);
  });

  it('reports whether it leads, and no longer leads when the other thread breaks', async () => {
    await using test = start();
    test.elector.take(LEADS);
    expect(test.metrics.read('leader_election_master_status', { name: 'job' })).toBe(1);
    test.end.reject(new Error('the control thread failed'));

    await expect(test.running).rejects.toThrow('the control thread failed');
    expect(test.elector.isLeader).toBe(false);
    expect(test.metrics.read('leader_election_master_status', { name: 'job' })).toBeUndefined();
  });
});

function start() {
  const clock = new FakeClock();
  const metrics = new RecordingMetrics();
  const end = Promise.withResolvers<void>();
  let lease = new SharedTimes(2);
  const elector = new RemoteElector({
    namespace: 'default',
    leaseName: 'job',
    identity: 'a',
    clock,
    metrics,
    logger: silentLogger,
    elect: (buffer) => {
      lease = new SharedTimes(buffer);
      return end.promise;
    },
  });
  const running = elector.run(new AbortController().signal);
  return {
    clock,
    metrics,
    elector,
    end,
    running,
    lease,
    async [Symbol.asyncDispose]() {
      end.resolve();
      await running.catch(() => undefined); // What it failed with is what a test has looked at.
      await settle();
    },
  };
}
