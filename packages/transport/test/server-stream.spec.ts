import { status } from '@grpc/grpc-js';
import {
  ByteBudget,
  type Json,
  MAX_IN_FLIGHT_BYTES,
  MAX_MESSAGE_BYTES,
  type Message,
  TinyError,
} from '@tinysystems/core';
import { FakeClock } from '@tinysystems/core/testing';
import { BEAT_MS } from '../src/heartbeat.ts';
import { jsonText } from '../src/codec.ts';
import type { Call } from '../src/frame.ts';
import { Intake } from '../src/intake.ts';
import { PeerGate, UNKNOWN_PEER } from '../src/peer.ts';
import { CREDIT_BYTES, ServerStream } from '../src/server-stream.ts';
import { FakeStream, turn } from './fake-stream.ts';

type Work = PromiseWithResolvers<Json | undefined> & { message: Message; signal: AbortSignal };

function setup({ maxInFlightBytes = 1000, authorise = () => Promise.resolve() } = {}) {
  const clock = new FakeClock();
  const client = new FakeStream();
  const work: Work[] = [];
  const budget = new ByteBudget(maxInFlightBytes);
  const intake = new Intake({
    deliver: (message, signal) => {
      const one = { ...Promise.withResolvers<Json | undefined>(), message, signal };
      work.push(one);
      return one.promise;
    },
    authorise,
    gate: new PeerGate({ self: undefined, onRefusal: () => undefined }),
    clock,
    budget,
  });
  let ends = 0;
  const stream = new ServerStream({
    stream: client as never,
    peer: UNKNOWN_PEER,
    intake,
    clock,
    onEnd: () => (ends += 1),
  });
  stream.open();
  return { budget, clock, client, work, intake, stream, ends: () => ends };
}

const call = (id: number, more: Partial<Call> = {}): Call => ({
  id,
  from: 'b:out',
  to: 'a:in',
  edgeId: 'e',
  payload: jsonText('{"n":1}'),
  remainingMs: 5000,
  depth: 2,
  traceparent: '',
  passed: '',
  ...more,
});

describe('ServerStream', () => {
  it('gives credit for a largest message before the first call', async () => {
    const { client } = setup();
    await turn();
    expect(client.written).toMatchObject([{ credit: CREDIT_BYTES }]);
    expect(CREDIT_BYTES).toBeGreaterThanOrEqual(MAX_MESSAGE_BYTES);
  });

  it('answers by number, in any order: replies, no reply, failures with their branches', async () => {
    const { client, work } = setup();
    client.send({ calls: [call(1), call(2), call(3)] });
    await turn();
    expect(work[0]?.message).toMatchObject({ from: { node: 'b', port: 'out' }, data: { n: 1 }, depth: 2 });
    const branches = [new TinyError('Timeout', 'm.SLOW', 'slow')];
    work[2]?.reject(new TinyError('Overloaded', 'm.BUSY', 'busy', { retryAfterMs: 0, branches }));
    work[1]?.resolve(undefined);
    await turn();
    work[0]?.resolve(null);
    await turn();
    await turn();
    expect(client.all('replies').map(({ id, data }) => [id, data.text])).toEqual([
      [2, ''],
      [1, 'null'],
    ]);
    expect(client.all('failures')).toMatchObject([
      {
        id: 3,
        kind: 'Overloaded',
        code: 'm.BUSY',
        message: 'busy',
        retryAfterMs: 0,
        unstarted: false,
        branches: [{ kind: 'Timeout', code: 'm.SLOW', message: 'slow' }],
      },
    ]);
  });

  it('gives credit back when a call is in work, and when it is refused', async () => {
    const { client, work } = setup({ maxInFlightBytes: 10 });
    await turn();
    client.send({ calls: [call(1), call(2)] });
    await turn();
    expect(work).toHaveLength(1);
    expect(client.written.at(-1)).toMatchObject({
      credit: 14,
      failures: [{ id: 2, kind: 'Overloaded', code: 'QUEUE_FULL' }],
    });
  });

  it('gives no more credit back when a call ends, however it does', async () => {
    const { client, work } = setup();
    const given = () => client.written.reduce((sum, { credit }) => sum + credit, 0) - CREDIT_BYTES;
    client.send({ calls: [call(1), call(2), call(3), call(4)] });
    await turn();
    expect([work.length, given()]).toEqual([4, 28]);
    work[0]?.resolve('done');
    work[1]?.reject(new TinyError('Permanent', 'm.BAD', 'bad'));
    client.send({ cancels: [3] });
    work[3]?.resolve(undefined);
    await turn();
    await turn();
    expect([client.all('replies').length, client.all('failures').length, given()]).toEqual([2, 1, 28]);
  });

  it('asks whether a call is allowed before it delivers', async () => {
    const authorise = () => Promise.reject(new TinyError('Permanent', 'EDGE_REFUSED', 'no'));
    const { client, work } = setup({ authorise });
    client.send({ calls: [call(1)] });
    await turn();
    await turn();
    expect([work.length, client.all('failures')]).toMatchObject([0, [{ id: 1, code: 'EDGE_REFUSED' }]]);
  });

  it.each<[string, Partial<Call>, string]>([
    ['a target that is none', { to: 'a' }, 'MESSAGE_INVALID'],
    ['a payload that is not JSON', { payload: jsonText('{') }, 'MESSAGE_INVALID'],
    [
      'a payload above the limit',
      { payload: jsonText(' '.repeat(MAX_MESSAGE_BYTES + 1)) },
      'MESSAGE_TOO_LARGE',
    ],
  ])('refuses %s', async (_case, more, code) => {
    const { client, work } = setup();
    client.send({ calls: [call(1, more)] });
    await turn();
    await turn();
    expect([work.length, client.all('failures')]).toMatchObject([0, [{ id: 1, kind: 'Permanent', code }]]);
  });

  it('aborts the chain of a call that is cancelled, and answers it no more', async () => {
    const { client, work } = setup();
    client.send({ calls: [call(1), call(2)] });
    await turn();
    client.send({ cancels: [1, 99] });
    expect([work[0]?.signal.aborted, work[1]?.signal.aborted]).toEqual([true, false]);
    expect(work[0]?.signal.reason).toMatchObject({ kind: 'Cancelled' });
    work[0]?.resolve('late');
    await turn();
    expect([client.all('replies'), client.all('failures')]).toEqual([[], []]);
  });

  it('ends a chain at the time the client gave it', async () => {
    const { clock, client, work } = setup();
    client.send({ calls: [call(1, { remainingMs: 50 })] });
    await clock.advance(50);
    await turn();
    expect(work[0]?.signal.aborted).toBe(true);
    expect(client.all('failures')).toMatchObject([{ id: 1, kind: 'Timeout', code: 'DEADLINE_EXCEEDED' }]);
  });

  it('gives a call 60 s that brings no time', async () => {
    const { clock, client, work } = setup();
    client.send({ calls: [call(1, { remainingMs: 0 })] });
    await turn();
    expect(work[0]?.message.deadlineMs).toBe(clock.now() + 60_000);
  });

  it('gives the bytes of a call back to the budget however it ends', async () => {
    const { budget, clock, client, work } = setup();
    const payload = jsonText('{');
    client.send({ calls: [call(1), call(2), call(3), call(4, { remainingMs: 50 }), call(5, { payload })] });
    await turn();
    expect(budget.bytes).toBe(4 * call(1).payload.bytes);
    work[0]?.resolve('answered');
    work[1]?.reject(new TinyError('Permanent', 'm.BROKEN', 'failed'));
    client.send({ cancels: [3] });
    await clock.advance(50);
    await turn();
    expect(budget.bytes).toBe(0);
  });

  it('aborts the chains of a client that goes away', async () => {
    const { clock, client, work, ends } = setup();
    client.send({ calls: [call(1), call(2)] });
    await turn();
    client.emit('cancelled', 'cancelled');
    client.emit('cancelled', 'cancelled');
    expect(work.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    await turn();
    expect([ends(), clock.pending, client.all('failures')]).toEqual([1, 0, []]);
  });

  it('answers pings, and ends a stream whose client is silent for 15 s', async () => {
    const { clock, client, work } = setup();
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    client.send({ calls: [call(1, { remainingMs: 60_000 })], ping: 7 });
    await clock.advance(2 * BEAT_MS);
    expect(client.written.at(-1)).toMatchObject({ pong: 7 });
    client.send({ ping: 8 });
    await clock.advance(2 * BEAT_MS);
    expect([errors.length, work[0]?.signal.aborted]).toEqual([0, false]);
    await clock.advance(BEAT_MS);
    expect(errors).toMatchObject([{ code: status.UNAVAILABLE }]);
    expect([work[0]?.signal.aborted, clock.pending]).toEqual([true, 0]);
  });

  it('ends a stream with two calls of the same number', async () => {
    const { client } = setup();
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    client.send({ calls: [call(1), call(1)] });
    expect(errors).toMatchObject([{ code: status.INVALID_ARGUMENT }]);
  });

  it('begins nothing while it stops, finishes what it has, and ends after the client', async () => {
    const { client, work, stream } = setup();
    client.send({ calls: [call(1)] });
    await turn();
    stream.stop();
    client.send({ calls: [call(2)] });
    await turn();
    expect(client.written.at(-1)).toMatchObject({
      stopping: true,
      failures: [{ id: 2, kind: 'Transient', code: 'MODULE_UNREACHABLE', unstarted: true }],
    });
    client.emit('end');
    await turn();
    expect([work.length, client.isEnded]).toEqual([1, false]);
    work[0]?.resolve('done');
    await turn();
    await turn();
    expect([client.all('replies').length, client.isEnded]).toEqual([1, true]);
  });

  it('does not hoard replies for a client that does not read', async () => {
    const { client, work, stream } = setup({ maxInFlightBytes: 1_000_000 });
    await turn();
    client.hasRoom = false;
    client.send({ calls: Array.from({ length: 25 }, (_, index) => call(index + 1)) });
    await turn();
    work.forEach(({ resolve }) => resolve('x'.repeat(MAX_MESSAGE_BYTES - 2)));
    await turn();
    await turn();
    expect(stream.unreadBytes).toBeGreaterThan(MAX_IN_FLIGHT_BYTES - 2 * MAX_MESSAGE_BYTES);
    client.drain();
    await turn();
    expect(stream.unreadBytes).toBe(0);
    expect(client.all('failures')[0]).toMatchObject({ kind: 'Overloaded', code: 'QUEUE_FULL' });
    expect(client.all('replies').length + client.all('failures').length).toBe(25);
    expect(client.all('replies').length).toBeLessThanOrEqual(18);
  });
});
