import { getEventListeners } from 'node:events';
import { status } from '@grpc/grpc-js';
import { MAX_MESSAGE_BYTES, TinyError } from '@tinysystems/core';
import { FakeClock } from '@tinysystems/core/testing';
import { MAX_WAITING_CALLS } from '../src/call-queue.ts';
import { NO_TEXT, jsonText } from '../src/codec.ts';
import { ClientStream } from '../src/client-stream.ts';
import { toFailure } from '../src/failure.ts';
import { BEAT_MS } from '../src/heartbeat.ts';
import { OutgoingCall, UnsentError } from '../src/outgoing-call.ts';
import { FakeStream, turn } from './fake-stream.ts';
import { forever, messageTo } from './replica.ts';

function setup({ credit = 1000 } = {}) {
  const clock = new FakeClock();
  const peer = new FakeStream();
  const seen: string[] = [];
  const stream = new ClientStream({
    stream: peer as never,
    peer: 'module m at a:1',
    clock,
    onReady: () => seen.push('ready'),
    onEnd: ({ details }) => seen.push(`end: ${details}`),
  });
  stream.open();
  if (credit > 0) peer.send({ credit });
  const call = (bytes: number, { signal = forever(), timeoutMs = 60_000 } = {}) => {
    const message = messageTo('a', clock, { deadlineMs: clock.now() + timeoutMs });
    const made = new OutgoingCall(message, jsonText('x'.repeat(bytes)), {
      signal,
      onAbort: (aborted) => stream.cancel(aborted),
    });
    stream.send(made);
    return made.answer;
  };
  return { clock, peer, seen, stream, call };
}

describe('ClientStream', () => {
  it('sends no call before the peer has given credit', async () => {
    const { peer, seen, stream, call } = setup({ credit: 0 });
    const answer = call(10);
    await turn();
    expect([peer.written.length, stream.isReady, stream.inFlight]).toEqual([0, false, 1]);
    peer.send({ credit: 100 });
    await turn();
    expect([peer.all('calls').length, stream.isReady, seen]).toEqual([1, true, ['ready']]);
    peer.send({ replies: [{ id: 1, data: jsonText('7') }] });
    expect((await answer).text).toBe('7');
    expect(stream.inFlight).toBe(0);
  });

  it('says what the message says, and how long its chain may still take', async () => {
    const { peer, call } = setup();
    void call(3, { timeoutMs: 1234 });
    await turn();
    expect(peer.all('calls')).toEqual([
      {
        id: 1,
        from: 'sender:out',
        to: 'a:in',
        edgeId: 'e',
        payload: jsonText('xxx'),
        depth: 3,
        remainingMs: 1234,
        traceparent: '',
        passed: '',
      },
    ]);
  });

  it('never has more bytes on the way than it was given credit for', async () => {
    const { peer, call } = setup({ credit: 1000 });
    const answers = Array.from({ length: 200 }, () => call(90));
    let [given, returned] = [1000, 0];
    const sent = () => peer.all('calls').reduce((bytes, { payload }) => bytes + payload.bytes, 0);
    while (returned < 200 * 90) {
      await turn();
      expect(sent()).toBeLessThanOrEqual(given);
      expect(given - sent()).toBeLessThan(sent() === 200 * 90 ? Infinity : 90);
      // The receiver takes one call off the stream, in no hurry.
      returned += 90;
      given += 90;
      peer.send({ credit: 90 });
    }
    peer.send({ replies: peer.all('calls').map(({ id }) => ({ id, data: NO_TEXT })) });
    expect(await Promise.all(answers)).toHaveLength(200);
  });

  it('holds calls back while the stream is full', async () => {
    const { peer, call } = setup({ credit: 100_000 });
    peer.hasRoom = false;
    for (let count = 0; count < 200; count += 1) void call(1);
    const abort = new AbortController();
    const left = expect(call(1, { signal: abort.signal })).rejects.toMatchObject({ kind: 'Cancelled' });
    await turn();
    expect(peer.all('calls')).toHaveLength(64);
    abort.abort();
    await left;
    peer.drain();
    expect(peer.written.map(({ calls }) => calls.length)).toEqual([64, 64, 64, 8]);
    await turn();
    expect(peer.all('cancels')).toEqual([]); // it never left
  });

  it('refuses a call when too many wait', () => {
    const { call, stream } = setup({ credit: 0 });
    for (let count = 0; count < MAX_WAITING_CALLS; count += 1) void call(1);
    expect(() => call(1)).toThrow(expect.objectContaining({ kind: 'Overloaded', code: 'QUEUE_FULL' }));
    expect(stream.inFlight).toBe(MAX_WAITING_CALLS);
  });

  it('refuses a call when too many bytes wait', () => {
    const { call } = setup({ credit: 0 });
    for (let count = 0; count < 16; count += 1) void call(MAX_MESSAGE_BYTES);
    expect(() => call(1)).toThrow(expect.objectContaining({ kind: 'Overloaded', code: 'QUEUE_FULL' }));
  });

  it('ends the wait for credit at the deadline of each call', async () => {
    const { clock, peer, call } = setup({ credit: 1 });
    const late = expect(call(10, { timeoutMs: 300 })).rejects.toMatchObject({ kind: 'Timeout' });
    const later = call(10, { timeoutMs: 900 });
    await turn();
    const soon = expect(call(10, { timeoutMs: 100 })).rejects.toMatchObject({ kind: 'Timeout' });
    await clock.advance(100);
    await soon;
    await clock.advance(200);
    await late;
    peer.send({ credit: 10 });
    await turn();
    expect(peer.all('calls')).toMatchObject([{ remainingMs: 600 }]);
    peer.send({ replies: [{ id: 1, data: jsonText('1') }] });
    expect((await later).text).toBe('1');
    expect(clock.pending).toBe(1); // the heartbeat
  });

  it('cancels a call that was sent, drops one that was not, and takes no late answer', async () => {
    const { peer, stream, call } = setup({ credit: 10 });
    const [sentAbort, waitingAbort] = [new AbortController(), new AbortController()];
    const sent = expect(call(10, { signal: sentAbort.signal })).rejects.toMatchObject({ kind: 'Cancelled' });
    const waiting = expect(call(10, { signal: waitingAbort.signal })).rejects.toMatchObject({
      kind: 'Cancelled',
    });
    await turn();
    sentAbort.abort();
    waitingAbort.abort();
    await Promise.all([sent, waiting]);
    peer.send({ replies: [{ id: 1, data: jsonText('1') }], credit: 10 });
    await turn();
    expect([peer.all('calls').length, peer.all('cancels'), stream.inFlight]).toEqual([1, [1], 0]);
  });

  it('cancels and pings although no credit is left', async () => {
    const { clock, peer, call } = setup({ credit: 10 });
    const abort = new AbortController();
    const sent = expect(call(10, { signal: abort.signal })).rejects.toMatchObject({ kind: 'Cancelled' });
    const waiting = expect(call(1)).rejects.toBeInstanceOf(UnsentError);
    await turn();
    abort.abort();
    await sent;
    await clock.advance(BEAT_MS);
    await turn();
    expect([peer.all('calls').length, peer.all('cancels')]).toEqual([1, [1]]);
    expect(peer.written.at(-1)).toMatchObject({ ping: 1 });
    peer.send({ stopping: true });
    await waiting;
  });

  it('leaves no listener on a signal', async () => {
    const { peer, call } = setup();
    const { signal } = new AbortController();
    const answers = [call(1, { signal }), call(1, { signal })];
    await turn();
    peer.send({
      replies: [{ id: 1, data: NO_TEXT }],
      failures: [toFailure(2, new TinyError('Permanent', 'x.Y', ''))],
    });
    await Promise.allSettled(answers);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('fails what is on the way when the stream ends, and gives back what was not sent', async () => {
    const { clock, peer, seen, call } = setup({ credit: 10 });
    const sent = call(10).catch((error: unknown) => error);
    const waiting = call(10).catch((error: unknown) => error);
    await turn();
    peer.emit('error', Object.assign(new Error('gone'), { code: status.UNAVAILABLE, details: 'gone' }));
    peer.emit('status', { code: status.UNAVAILABLE, details: 'gone' });
    expect(await sent).toMatchObject({
      kind: 'Transient',
      code: 'MODULE_UNREACHABLE',
      message: 'the connection to module m at a:1 ended before the answer came: gone',
    });
    expect(await waiting).toBeInstanceOf(UnsentError);
    expect([seen, clock.pending]).toEqual([['ready', 'end: gone'], 0]);
    expect(() => call(1)).toThrow(UnsentError);
  });

  it('refuses names that a frame has no room for, without a trace', async () => {
    const { clock, peer, stream } = setup();
    const message = messageTo('a', clock, { edgeId: 'e'.repeat(30_000) });
    const call = new OutgoingCall(message, jsonText('1'), { signal: forever(), onAbort: () => undefined });
    stream.send(call);
    await expect(call.answer).rejects.toMatchObject({ kind: 'Permanent', code: 'MESSAGE_TOO_LARGE' });
    expect([peer.all('calls').length, stream.inFlight]).toEqual([0, 0]);
  });

  it('gives back a call that the peer refused before it began', async () => {
    const { peer, call } = setup();
    const answer = call(1).catch((error: unknown) => error);
    await turn();
    peer.send({ failures: [toFailure(1, new TinyError('Transient', 'MODULE_UNREACHABLE', 'stops'), true)] });
    expect(await answer).toBeInstanceOf(UnsentError);
  });

  it('pings every 5 s, and ends a stream whose peer is silent for 15 s', async () => {
    const { clock, peer, seen, call } = setup();
    const failed = expect(call(1)).rejects.toMatchObject({ kind: 'Transient', code: 'MODULE_UNREACHABLE' });
    await clock.advance(2 * BEAT_MS);
    await turn();
    expect(peer.written.map(({ ping }) => ping)).toEqual([0, 1, 2]);
    peer.send({ pong: 2 });
    await clock.advance(2 * BEAT_MS);
    expect(peer.isCancelled).toBe(false);
    await clock.advance(BEAT_MS);
    await failed;
    expect([peer.isCancelled, seen.at(-1), clock.pending]).toEqual([
      true,
      'end: it was silent for 15 seconds',
      0,
    ]);
  });

  it('gives up a call that the peer does not end at its deadline', async () => {
    const { clock, peer, call } = setup();
    const failed = expect(call(1, { timeoutMs: 100 })).rejects.toMatchObject({ kind: 'Timeout' });
    await clock.advance(BEAT_MS);
    await failed;
    await turn();
    expect(peer.all('cancels')).toEqual([1]);
  });

  it('sends nothing more to a peer that stops, and ends the stream after the last answer', async () => {
    const { peer, stream, call } = setup({ credit: 10 });
    const sent = call(10);
    const waiting = call(10).catch((error: unknown) => error);
    await turn();
    peer.send({ stopping: true });
    expect(await waiting).toBeInstanceOf(UnsentError);
    expect(() => call(1)).toThrow(UnsentError);
    await turn();
    expect([stream.isReady, peer.isEnded]).toEqual([false, false]);
    peer.send({ replies: [{ id: 1, data: jsonText('1') }] });
    expect((await sent).text).toBe('1');
    await turn();
    expect(peer.isEnded).toBe(true);
  });
});
