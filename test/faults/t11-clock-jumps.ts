import assert from 'node:assert/strict';
import { type Clock, Controller, LeaderElector, type Timer } from '@tinysystems/kubernetes';
import { FakeClock, settle } from '../../packages/kubernetes/test/fake-clock.ts';
import { FakeCluster } from '../../packages/kubernetes/test/fake-cluster.ts';
import type { Fault, Scale } from './fault.ts';

const HOUR_MS = 3_600_000;
const LEASE_MS = 15_000;
const RENEW_MS = 2_000;
const WORK_MS = 1_000;
/** Timers wait whole milliseconds of a clock that may run at half the speed. */
const ROUNDING_MS = 5;

export const clockJumps: Fault = {
  id: 'T11',
  title: 'the time of day jumps by up to an hour, and clocks run at half to twice the speed of others',
  target: 'no lease expires early, no timer is lost, a dead leader is replaced when its lease ends',
  async run(scale) {
    const rounds = scale.of(5, 50);
    const roundMs = scale.of(5, 12) * 60_000;
    let jumps = 0;
    let renewals = 0;
    for (let round = 0; round < rounds; round += 1) {
      const result = await live(scale, roundMs);
      jumps += result.jumps;
      renewals += result.renewals;
    }
    return {
      rounds,
      simulatedHours: (rounds * roundMs) / HOUR_MS,
      jumps,
      renewals,
      earlyExpiries: 0,
      lostTimers: 0,
    };
  },
};

/** A clock of one machine: its own speed, and a time of day that is set now and then. */
class Machine implements Clock {
  readonly speed: number;
  readonly #shared: FakeClock;
  #offsetMs = 0;

  constructor(shared: FakeClock, speed: number) {
    this.#shared = shared;
    this.speed = speed;
  }

  /** Somebody, or NTP, sets the time of day. */
  jump(ms: number): void {
    this.#offsetMs += ms;
  }

  now(): number {
    return this.#shared.now() + this.#offsetMs;
  }

  monotonicMs(): number {
    return this.#shared.monotonicMs() * this.speed;
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    return this.#shared.setTimeout(run, delayMs / this.speed);
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return this.#shared.sleep(delayMs / this.speed, signal);
  }
}

async function live(scale: Scale, roundMs: number) {
  const clock = new FakeClock();
  const cluster = new FakeCluster();
  const speed = () => 2 ** (2 * scale.random() - 1);
  const leader = candidate('leader', cluster, new Machine(clock, speed()));
  await settle();
  const follower = candidate('follower', cluster, new Machine(clock, speed()));
  const worker = periodicWork(leader.machine);
  await settle();
  let jumps = 0;
  while (clock.monotonicMs() < roundMs) {
    for (const { machine } of [leader, follower]) machine.jump((2 * scale.random() - 1) * HOUR_MS);
    jumps += 2;
    await clock.advance(scale.random() * 20_000);
  }
  assert.deepEqual(leader.changes, [true], 'the leader has led all the time');
  assert.deepEqual(follower.changes, [], 'the follower has never led');
  const renewals = cluster.calls.filter((call) => call.startsWith('replace')).length;
  const ownMs = clock.monotonicMs() * leader.machine.speed;
  demandCount(renewals, ownMs / RENEW_MS, `${renewals} renewals in ${ownMs} ms`);
  demandCount(worker.count, ownMs / WORK_MS, `work was done ${worker.count} times in ${ownMs} ms`);
  await demandTakeOver(clock, leader, follower);
  await Promise.all([leader.stop(), follower.stop(), worker.stop()]);
  assert.equal(clock.pendingTimers, 0);
  return { jumps, renewals };
}

/** A timer is up to a millisecond late, each time. */
function demandCount(count: number, expected: number, what: string): void {
  assert.ok(count > expected * 0.998 - 2 && count < expected + 2, `${what}, not ${Math.round(expected)}`);
}

type Candidate = ReturnType<typeof candidate>;

/** The leader dies: its lease ends by the clock of the follower, 15 s after that has seen the last renewal. */
async function demandTakeOver(clock: FakeClock, leader: Candidate, follower: Candidate): Promise<void> {
  leader.connection.isCutOff = true;
  const seenMs = follower.seenMs();
  const endMs = seenMs + LEASE_MS / follower.machine.speed;
  await clock.advance(endMs - clock.monotonicMs() - 1);
  assert.equal(follower.elector.isLeader, false, 'the follower leads before the lease has ended');
  // The difference of lease duration and renew deadline allows for this much drift.
  const ratio = follower.machine.speed / leader.machine.speed;
  await clock.advance(1 + ROUNDING_MS);
  assert.equal(follower.elector.isLeader, true, 'the follower leads when the lease has ended');
  if (ratio < LEASE_MS / (10_000 + RENEW_MS)) assert.equal(leader.elector.isLeader, false, 'two lead');
}

function candidate(identity: string, cluster: FakeCluster, machine: Machine) {
  const connection = { isCutOff: false };
  const changes: boolean[] = [];
  let seenMs = 0;
  let seen: string | undefined;
  const elector: LeaderElector = new LeaderElector({
    client: cluster.client(connection),
    namespace: 'default',
    leaseName: 'job',
    identity,
    clock: machine,
    random: () => 0,
    onState: () => {
      const version = cluster.objects.get('job')?.metadata.resourceVersion;
      if (version !== seen) seenMs = machine.monotonicMs() / machine.speed;
      seen = version;
    },
  });
  elector.onChange((isLeader) => changes.push(isLeader));
  const stop = new AbortController();
  const running = elector.run(stop.signal);
  return {
    elector,
    machine,
    connection,
    changes,
    /** When it has last seen the lease change, on the shared clock. */
    seenMs: () => seenMs,
    async stop() {
      stop.abort();
      await running;
    },
  };
}

/** Work that asks for its next turn a second later, on and on. */
function periodicWork(clock: Clock) {
  const result = { count: 0, stop: async () => undefined as void };
  const controller = new Controller({
    name: 'periodic',
    clock,
    reconcile: async () => {
      result.count += 1;
      return { requeueAfterMs: WORK_MS };
    },
  });
  const stop = new AbortController();
  const running = controller.run(stop.signal);
  controller.enqueue('default/work');
  result.stop = async () => {
    stop.abort();
    await running;
  };
  return result;
}
