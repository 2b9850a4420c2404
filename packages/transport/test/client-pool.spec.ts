import { getEventListeners } from 'node:events';
import { systemClock } from '@tinysystems/core';
import { FakeClock } from '@tinysystems/core/testing';
import {
  AddressBook,
  ClientPool,
  MAX_MODULE_WAITERS,
  MODULE_WAIT_MS,
  UNKNOWN_MODULE_WAIT_MS,
} from '@tinysystems/transport';
import { Replica, forever, messageTo } from './replica.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function until(condition: () => boolean): Promise<void> {
  for (const endMs = Date.now() + 5000; !condition();) {
    if (Date.now() > endMs) throw new Error('it did not happen within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function setup(clock: FakeClock | typeof systemClock = systemClock) {
  const book = new AddressBook();
  return { book, pool: new ClientPool({ book, clock }) };
}

describe('ClientPool', () => {
  it('skips a replica that is dead, and another takes the call', async () => {
    const dead = await Replica.start(async () => 'dead');
    await dead.server.stop(0);
    await using live = await Replica.start(async () => 'live');
    const { book, pool } = setup();
    await using _pool = pool;
    book.set('m', [dead.endpoint, live.endpoint]);
    for (let call = 0; call < 4; call += 1)
      await expect(pool.deliver('m', messageTo('a'), forever())).resolves.toBe('live');
    expect(live.received).toHaveLength(4);
  });

  it('fails as transient when no replica can be reached, and works when it is back', async () => {
    const dead = await Replica.start(async () => 'dead');
    await dead.server.stop(0);
    const { book, pool } = setup();
    await using _pool = pool;
    book.set('m', [dead.endpoint]);
    await expect(pool.deliver('m', messageTo('a'), forever())).rejects.toMatchObject({
      kind: 'Transient',
      code: 'MODULE_UNREACHABLE',
    });
    await using back = await Replica.start(async () => 'back', { address: dead.endpoint.addr });
    const answers: unknown[] = [];
    for (let attempt = 0; attempt < 100 && answers.length === 0; attempt += 1) {
      await pool.deliver('m', messageTo('a'), forever()).then(
        (answer) => answers.push(answer),
        () => new Promise((resolve) => setTimeout(resolve, 20)),
      );
    }
    expect([answers, back.received.length]).toEqual([['back'], 1]);
  });

  it('does not send a call again that a replica may have got', async () => {
    await using first = await Replica.start(() => {
      void first.server.stop(0);
      return new Promise(() => undefined);
    });
    await using second = await Replica.start(async () => 'second');
    const { book, pool } = setup();
    await using _pool = pool;
    book.set('m', [first.endpoint]);
    const call = expect(pool.deliver('m', messageTo('a'), forever())).rejects.toMatchObject({
      name: 'TinyError',
    });
    await until(() => first.received.length === 1);
    book.set('m', [first.endpoint, second.endpoint]);
    await call;
    expect(second.received).toHaveLength(0);
  });

  it('spreads a first burst over all replicas', async () => {
    const wait = () => new Promise<string>((resolve) => setTimeout(() => resolve('done'), 50));
    await using one = await Replica.start(wait);
    await using two = await Replica.start(wait);
    const { book, pool } = setup();
    await using _pool = pool;
    book.set('m', [one.endpoint, two.endpoint]);
    await Promise.all(Array.from({ length: 8 }, () => pool.deliver('m', messageTo('a'), forever())));
    expect([one.received.length, two.received.length]).toEqual([4, 4]);
  });

  it('tells the replica which nodes the chain has passed', async () => {
    await using replica = await Replica.start(async () => null);
    const { book, pool } = setup();
    await using _pool = pool;
    book.set('m', [replica.endpoint]);
    const passed = { node: 'x', before: { node: 'y', before: undefined } };
    await pool.deliver('m', messageTo('a', systemClock, { passed }), forever());
    expect(replica.received[0]).toMatchObject({
      passed,
      depth: 3,
      from: { node: 'sender', port: 'out' },
      edgeId: 'e',
    });
  });

  it('gives each call to the replica with the least in flight', async () => {
    const ends: (() => void)[] = [];
    await using busy = await Replica.start(() => new Promise((resolve) => ends.push(() => resolve('late'))));
    await using free = await Replica.start(async () => 'at once');
    const { book, pool } = setup();
    await using _pool = pool;
    book.set('m', [busy.endpoint, free.endpoint]);
    const first = [0, 1].map(() => pool.deliver('m', messageTo('a'), forever()));
    await until(() => busy.received.length === 1 && free.received.length === 1);
    expect(await Promise.race(first)).toBe('at once');
    for (let call = 0; call < 6; call += 1)
      await expect(pool.deliver('m', messageTo('a'), forever())).resolves.toBe('at once');
    expect([busy.received.length, free.received.length]).toEqual([1, 7]);
    ends[0]?.();
    expect((await Promise.all(first)).sort()).toEqual(['at once', 'late']);
  });

  it('lets the calls of a replica end that is taken off the list', async () => {
    let end: (() => void) | undefined;
    await using replica = await Replica.start(
      () => new Promise((resolve) => (end = () => resolve('answered'))),
    );
    const { book, pool } = setup();
    await using _pool = pool;
    book.set('m', [replica.endpoint]);
    const call = pool.deliver('m', messageTo('a'), forever());
    await until(() => end !== undefined);
    book.set('m', []);
    await turn();
    end?.();
    await expect(call).resolves.toBe('answered');
  });

  it('fails after 2 s when nobody knows the module', async () => {
    const clock = new FakeClock();
    const { pool } = setup(clock);
    await using _pool = pool;
    const call = expect(pool.deliver('nowhere', messageTo('a', clock), forever())).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'MODULE_UNKNOWN',
    });
    await clock.advance(UNKNOWN_MODULE_WAIT_MS - 1);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    await call;
    expect(clock.pending).toBe(0);
  });

  it('fails after 30 s when the module has no replica', async () => {
    const clock = new FakeClock();
    const { book, pool } = setup(clock);
    await using _pool = pool;
    book.set('m', []);
    const call = expect(
      pool.deliver('m', messageTo('a', clock, { deadlineMs: clock.now() + 60_000 }), forever()),
    ).rejects.toMatchObject({ kind: 'Transient', code: 'MODULE_UNREACHABLE' });
    await clock.advance(MODULE_WAIT_MS);
    await call;
  });

  it('bounds how many messages wait for modules, and says how many do', async () => {
    const clock = new FakeClock();
    const { pool } = setup(clock);
    await using _pool = pool;
    const abort = new AbortController();
    const waiting = Array.from({ length: MAX_MODULE_WAITERS }, () =>
      pool.deliver('nowhere', messageTo('a', clock), abort.signal),
    );
    await expect(pool.deliver('nowhere', messageTo('a', clock), forever())).rejects.toMatchObject({
      kind: 'Overloaded',
      code: 'QUEUE_FULL',
      retryAfterMs: 1000,
    });
    expect(pool.waitingForModules).toBe(MAX_MODULE_WAITERS);
    abort.abort();
    await Promise.allSettled(waiting);
    expect(pool.waitingForModules).toBe(0);
  });

  it('says how many calls are in flight, and how many of them wait to be written', async () => {
    const { book, pool } = setup();
    await using _pool = pool;
    book.set('m', [{ pod: 'silent', addr: '127.0.0.1:1' }]);
    const call = pool.deliver('m', messageTo('a'), forever());
    await turn();
    expect([pool.callsInFlight, pool.waitingCalls]).toEqual([1, 1]);
    await expect(call).rejects.toMatchObject({ kind: 'Transient' });
    expect([pool.callsInFlight, pool.waitingCalls]).toEqual([0, 0]);
    const answer = Promise.withResolvers<string>();
    await using replica = await Replica.start(() => answer.promise);
    book.set('m', [replica.endpoint]);
    const taken = pool.deliver('m', messageTo('a'), forever());
    await until(() => replica.received.length === 1);
    expect([pool.callsInFlight, pool.waitingCalls]).toEqual([1, 0]);
    answer.resolve('done');
    await taken;
    expect(pool.callsInFlight).toBe(0);
  });

  it('sends the call when a replica appears', async () => {
    await using replica = await Replica.start(async () => 'here');
    const { book, pool } = setup();
    await using _pool = pool;
    book.set('m', []);
    const call = pool.deliver('m', messageTo('a'), forever());
    await turn();
    book.set('other', []);
    await turn();
    book.set('m', [replica.endpoint]);
    await expect(call).resolves.toBe('here');
  });

  it('stops waiting when the caller gives up', async () => {
    const clock = new FakeClock();
    const { pool } = setup(clock);
    await using _pool = pool;
    const abort = new AbortController();
    const call = pool.deliver('m', messageTo('a', clock), abort.signal);
    await turn();
    abort.abort();
    await expect(call).rejects.toMatchObject({ kind: 'Cancelled' });
    expect([clock.pending, getEventListeners(abort.signal, 'abort').length]).toEqual([0, 0]);
    await expect(pool.deliver('m', messageTo('a', clock), AbortSignal.abort())).rejects.toMatchObject({
      kind: 'Cancelled',
    });
  });

  it('sends nothing after it was disposed, which it may be twice', async () => {
    const { book, pool } = setup();
    book.set('m', [{ pod: 'p', addr: '127.0.0.1:1' }]);
    await pool[Symbol.asyncDispose]();
    await pool[Symbol.asyncDispose]();
    await expect(pool.deliver('m', messageTo('a'), forever())).rejects.toMatchObject({ kind: 'Cancelled' });
  });
});
