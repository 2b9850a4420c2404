import { LeaderElector } from '../../src/leader/leader-elector.ts';
import type { ElectionState, LeaderElectorOptions } from '../../src/leader/leader-elector.ts';
import type { Lease } from '../../src/leader/lease.ts';
import { silentLogger } from '../../src/logger.ts';
import { FakeClock, settle } from '../fake-clock.ts';
import { FakeCluster, refusal } from '../fake-cluster.ts';
import { RecordingMetrics } from '../recording-metrics.ts';

describe('LeaderElector', () => {
  it('takes a lease that does not exist, and knows so only after it has asked', async () => {
    await using test = world();
    const a = test.candidate('a');
    expect(a.elector.hasAsked).toBe(false);
    await settle();

    expect(a.elector).toMatchObject({ isLeader: true, hasAsked: true, holder: 'a', leaseTransitions: 0 });
    expect(test.lease()?.spec).toMatchObject({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
    });
    expect(test.lease()?.spec?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  it('renews every two seconds, keeping when it was acquired', async () => {
    await using test = world();
    const { elector } = test.candidate('a');
    await settle();
    const first = test.lease();
    await test.clock.advance(60_000);

    expect(test.cluster.calls.filter((call) => call.startsWith('replace'))).toHaveLength(30);
    expect(test.lease()?.spec?.acquireTime).toBe(first?.spec?.acquireTime);
    expect(elector.isLeader).toBe(true);
    expect(elector.leaseTransitions).toBe(0);
  });

  it('has one leader however many compete, and the others send nothing while they wait', async () => {
    await using test = world();
    const electors = ['a', 'b', 'c', 'd'].map((name) => test.candidate(name).elector);
    await settle();
    expect(electors.filter(({ isLeader }) => isLeader)).toHaveLength(1);

    const before = test.cluster.calls.length;
    await test.clock.advance(20_000);

    expect(test.cluster.calls.slice(before)).toEqual(Array.from({ length: 10 }, () => 'replace job'));
    expect(new Set(electors.map(({ holder }) => holder)).size).toBe(1);
  });

  it('hands over at once when the leader stops', async () => {
    await using test = world();
    const a = test.candidate('a');
    await settle();
    const b = test.candidate('b');
    await test.clock.advance(5_000);
    const stoppedMs = test.clock.monotonicMs();
    await a.stop();
    await settle();

    expect(a.elector.isLeader).toBe(false);
    expect(b.elector).toMatchObject({ isLeader: true, holder: 'b', leaseTransitions: 1 });
    expect(test.clock.monotonicMs()).toBe(stoppedMs);
  });

  it('leaves a released lease without holder and with a short duration', async () => {
    await using test = world();
    const a = test.candidate('a');
    await settle();
    await a.stop();

    expect(test.lease()?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
  });

  it('takes the lease of a leader that died when it ends, not before', async () => {
    await using test = world();
    const a = test.candidate('a');
    await settle();
    const b = test.candidate('b');
    await test.clock.advance(2_000);
    a.connection.isCutOff = true;

    await test.clock.advance(14_999);
    expect(b.elector.isLeader).toBe(false);
    await test.clock.advance(1);
    expect(b.elector).toMatchObject({ isLeader: true, leaseTransitions: 1 });
  });

  it('takes the lease of the one it replaces after two silent retry periods', async () => {
    await using test = world();
    const before = test.candidate('a-1');
    await settle();
    await test.clock.advance(2_000);
    before.connection.isCutOff = true;
    const { elector } = test.candidate('a-2', { replaces: /^a-1$/ });
    await settle();

    await test.clock.advance(3_999);
    expect(elector.isLeader).toBe(false);
    await test.clock.advance(1);
    expect(elector).toMatchObject({ isLeader: true, leaseTransitions: 1 });
  });

  it('does not take the lease of one it should replace that is alive', async () => {
    await using test = world();
    const alive = test.candidate('a-1');
    await settle();
    const { elector } = test.candidate('a-2', { replaces: /^a-/ });
    await test.clock.advance(60_000);

    expect(elector.isLeader).toBe(false);
    expect(alive.elector.isLeader).toBe(true);
  });

  it('tries again at once after a failed try when the lease changes and is free', async () => {
    await using test = world();
    const a = test.candidate('a');
    await settle();
    const b = test.candidate('b');
    await settle();
    let isFirst = true;
    test.cluster.before = (call) => {
      if (call !== 'replace job' || a.elector.isLeader || !isFirst) return;
      isFirst = test.lease()?.spec?.holderIdentity !== '';
      if (!isFirst) throw refusal(500, 'InternalError');
    };
    await a.stop();
    await settle();
    expect(b.elector.isLeader).toBe(false);

    test.cluster.put({
      ...test.lease(),
      metadata: { ...test.lease()?.metadata, labels: { touched: 'yes' } },
    });
    await settle();

    expect(b.elector.isLeader).toBe(true);
  });

  it('steps down when it could not renew for ten seconds, before anybody else can take over', async () => {
    await using test = world();
    const a = test.candidate('a');
    await settle();
    const b = test.candidate('b');
    await test.clock.advance(2_000);
    a.connection.isCutOff = true;
    const overlaps: number[] = [];
    for (let ms = 0; ms < 30_000; ms += 50) {
      await test.clock.advance(50);
      if (a.elector.isLeader && b.elector.isLeader) overlaps.push(ms);
      if (ms === 9_900) expect(a.elector.isLeader).toBe(true);
      if (ms === 10_000) expect(a.elector.isLeader).toBe(false);
    }

    expect(overlaps).toEqual([]);
    expect(b.elector.isLeader).toBe(true);
  });

  it('steps down in time although a renewal hangs', async () => {
    await using test = world();
    const a = test.candidate('a');
    await settle();
    test.cluster.before = (call, signal) => (call.startsWith('replace') ? untilAborted(signal) : undefined);
    await test.clock.advance(9_999);
    expect(a.elector.isLeader).toBe(true);

    await test.clock.advance(1);

    expect(a.elector.isLeader).toBe(false);
    test.cluster.before = () => undefined;
  });

  it('goes on leading when single renewals fail', async () => {
    await using test = world();
    const a = test.candidate('a');
    const changes: boolean[] = [];
    a.elector.onChange((isLeader) => changes.push(isLeader));
    await settle();
    let calls = 0;
    test.cluster.before = (call) => {
      if (call.startsWith('replace') && ++calls % 3 !== 0) throw refusal(500, 'InternalError');
    };
    await test.clock.advance(120_000);

    expect(changes).toEqual([true]);
  });

  it('goes on leading when a renewal was written but its answer got lost', async () => {
    await using test = world();
    const a = test.candidate('a');
    await settle();
    const lease = test.lease();
    test.cluster.isSilent = true;
    test.cluster.put({ ...lease, spec: { ...lease?.spec, renewTime: 'unseen' } } as Lease);
    await test.clock.advance(30_000);

    expect(a.elector.isLeader).toBe(true);
    expect(a.metrics.count('leader_election_slowpath_total')).toBe(1);
  });

  it('competes again after it lost the lease', async () => {
    await using test = world();
    const a = test.candidate('a');
    const changes: boolean[] = [];
    a.elector.onChange((isLeader) => changes.push(isLeader));
    await settle();
    a.connection.isCutOff = true;
    await test.clock.advance(20_000);
    expect(changes).toEqual([true, false]);

    a.connection.isCutOff = false;
    await test.clock.advance(20_000);

    expect(changes).toEqual([true, false, true]);
    expect(a.elector.leaseTransitions).toBe(0);
  });

  it('steps down as soon as it sees another holder', async () => {
    await using test = world();
    const a = test.candidate('a');
    await settle();
    const lease = test.lease();
    test.cluster.put({
      ...lease,
      spec: { ...lease?.spec, holderIdentity: 'thief', leaseTransitions: 7 },
    } as Lease);
    await settle();

    expect(a.elector).toMatchObject({ isLeader: false, holder: 'thief', leaseTransitions: 7 });
    expect(a.elector.holdsLease()).toBe(false);
  });

  it('steps down when its lease is deleted, and takes a new one', async () => {
    await using test = world();
    const a = test.candidate('a');
    const changes: boolean[] = [];
    a.elector.onChange((isLeader) => changes.push(isLeader));
    await settle();
    test.cluster.delete('job');
    await settle();
    await test.clock.advance(2_000);

    expect(changes).toEqual([true, false, true]);
    expect(test.lease()?.spec?.holderIdentity).toBe('a');
  });

  it('does not take over from a leader whose renewals it cannot see', async () => {
    await using test = world();
    test.candidate('a');
    await settle();
    const b = test.candidate('b');
    await settle();
    test.cluster.isSilent = true;
    await test.clock.advance(120_000);

    expect(b.elector.isLeader).toBe(false);
    expect(test.lease()?.spec?.leaseTransitions).toBe(0);
  });

  it('does not hold its lease any more after a pause longer than that, before it noticed', async () => {
    await using test = world();
    const a = test.candidate('a');
    await settle();
    expect(a.elector.holdsLease()).toBe(true);

    a.clock.pause(15_000);

    expect(a.elector.isLeader).toBe(true);
    expect(a.elector.holdsLease()).toBe(false);
  });

  it('leaves its lease to run out while it may not lead, and competes again when it may', async () => {
    await using test = world();
    let mayLead = true;
    const a = test.candidate('a', { mayLead: () => mayLead });
    await settle();
    const b = test.candidate('b');
    await test.clock.advance(4_000);
    mayLead = false;
    await test.clock.advance(9_999);
    expect(a.elector.isLeader).toBe(true);
    await test.clock.advance(1);
    expect(a.elector.isLeader).toBe(false);
    await test.clock.advance(5_000);
    expect(b.elector.isLeader).toBe(true);

    mayLead = true;
    await b.stop();
    await test.clock.advance(2_000);

    expect(a.elector).toMatchObject({ isLeader: true, term: 2 });
  });

  it('tells its state after each change and each renewal', async () => {
    await using test = world();
    const states: ElectionState[] = [];
    const { connection } = test.candidate('a', { onState: (state) => states.push(state) });
    await settle();
    const leads = {
      isLeader: true,
      hasAsked: true,
      holder: 'a',
      term: 1,
      leaseTransitions: 0,
      refusal: undefined,
    };
    expect(states.at(-1)).toEqual({ ...leads, leaseEndsMs: 15_000 });
    await test.clock.advance(2_000);
    expect(states.at(-1)).toEqual({ ...leads, leaseEndsMs: 17_000 });
    connection.isCutOff = true;
    await test.clock.advance(10_000);

    expect(states.at(-1)).toEqual({ ...leads, isLeader: false, leaseEndsMs: 0 });
  });

  it('steps down when the server does not allow a renewal twice in a row, and says once a minute that it fails', async () => {
    await using test = world();
    const states: ElectionState[] = [];
    const lines: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, message: string) => void lines.push(message) };
    test.candidate('a', { onState: (state) => states.push(state), logger });
    await settle();
    test.cluster.before = (call) => {
      if (call.startsWith('replace')) throw refusal(403, 'Forbidden');
    };
    await test.clock.advance(2_000);
    expect(states.at(-1)).toMatchObject({ isLeader: true, refusal: expect.stringContaining('Forbidden') });
    await test.clock.advance(2_000);
    expect(states.at(-1)).toMatchObject({ isLeader: false });
    await test.clock.advance(176_000);
    expect(lines.filter((line) => line.includes('writing the lease failed'))).toHaveLength(3);
    expect(states.at(-1)).toMatchObject({ isLeader: false, refusal: expect.stringContaining('Forbidden') });
    test.cluster.before = () => undefined;
    await test.clock.advance(5_000);

    expect(states.at(-1)).toMatchObject({ isLeader: true, refusal: undefined });
  });

  it('waits while the server cannot be reached', async () => {
    await using test = world();
    const a = test.candidate('a', { isCutOff: true });
    await test.clock.advance(60_000);
    expect(a.elector).toMatchObject({ hasAsked: false, isLeader: false, holder: undefined });

    a.connection.isCutOff = false;
    await test.clock.advance(30_000);

    expect(a.elector.isLeader).toBe(true);
  });

  it('contains what a listener throws', async () => {
    await using test = world();
    const a = test.candidate('a');
    const heard: boolean[] = [];
    a.elector.onChange(() => {
      throw new Error('mine');
    });
    const end = a.elector.onChange((isLeader) => heard.push(isLeader));
    await settle();
    end();
    await a.stop();

    expect(heard).toEqual([true]);
  });

  it('refuses times that do not fit together', () => {
    const make = () =>
      new LeaderElector({
        client: new FakeCluster().client(),
        namespace: 'n',
        leaseName: 'l',
        identity: 'i',
        leaseDurationMs: 9_000,
      });

    expect(make).toThrow('retryPeriodMs < renewDeadlineMs < leaseDurationMs');
  });

  it('releases a lease that it got just when it was stopped', async () => {
    await using test = world();
    const a = test.candidate('a');
    const gate = Promise.withResolvers<void>();
    const changes: boolean[] = [];
    a.elector.onChange((isLeader) => changes.push(isLeader));
    test.cluster.before = (call) => (call.startsWith('create') ? gate.promise : undefined);
    await settle();
    const stopping = a.stop();
    gate.resolve();
    await stopping;

    expect(test.lease()?.spec?.holderIdentity).toBe('');
    expect(a.elector.isLeader).toBe(false);
    expect(changes.at(-1)).not.toBe(true);
  });

  it('stops, and leaves no timer, although the lease cannot be released', async () => {
    await using test = world();
    const a = test.candidate('a');
    await settle();
    test.cluster.before = (_call, signal) => untilAborted(signal);
    const stopping = a.stop();
    await test.clock.advance(5_000);
    await stopping;

    expect(test.clock.pendingTimers).toBe(0);
    test.cluster.before = () => undefined;
  });
});

/** A clock of one process, which can be ahead of the others as if the process had been paused. */
class PausableClock extends FakeClock {
  readonly #shared: FakeClock;
  #pausedMs = 0;

  constructor(shared: FakeClock) {
    super();
    this.#shared = shared;
  }

  pause(ms: number): void {
    this.#pausedMs += ms;
  }

  override monotonicMs(): number {
    return this.#shared.monotonicMs() + this.#pausedMs;
  }

  override now(): number {
    return this.#shared.now();
  }

  override setTimeout(run: () => void, delayMs: number) {
    return this.#shared.setTimeout(run, delayMs);
  }
}

function world() {
  const clock = new FakeClock();
  const cluster = new FakeCluster();
  const stops: (() => Promise<void>)[] = [];
  return {
    clock,
    cluster,
    lease: () => cluster.objects.get('job') as Lease | undefined,
    candidate(
      identity: string,
      {
        isCutOff = false,
        ...options
      }: { isCutOff?: boolean } & Pick<
        LeaderElectorOptions,
        'replaces' | 'mayLead' | 'onState' | 'logger'
      > = {},
    ) {
      const connection = { isCutOff };
      const metrics = new RecordingMetrics();
      const ownClock = new PausableClock(clock);
      const elector = new LeaderElector({
        client: cluster.client(connection),
        namespace: 'default',
        leaseName: 'job',
        identity,
        ...options,
        clock: ownClock,
        random: () => 0,
        metrics,
      });
      const stop = new AbortController();
      const running = elector.run(stop.signal);
      const stopIt = async (): Promise<void> => {
        stop.abort();
        await running;
      };
      stops.push(stopIt);
      return { elector, connection, metrics, clock: ownClock, stop: stopIt };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

async function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
}
