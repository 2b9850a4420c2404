import { jest } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { systemClock } from '@tinysystems/core';
import { AddressBook, ClientPool } from '@tinysystems/transport';
import { Replica, forever, messageTo } from './replica.ts';

/** The longest pause between two attempts, milliseconds: 1 s, and a fifth more, by which gRPC spreads attempts. */
const LONGEST_PAUSE_MS = 1200;
/** A stream that could not be opened is opened again after that, milliseconds. */
const REOPEN_DELAY_MS = 100;

/** Lets sockets do their work until the condition holds, for 5 s of the real time at most. */
async function until(condition: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 5000; !condition() && performance.now() < endMs;)
    await new Promise((resolve) => setImmediate(resolve));
}

describe('a replica that stays away', () => {
  afterEach(() => void jest.useRealTimers());

  it('is tried again at least each second, however long it was away', async () => {
    let attempts = 0;
    const server = createServer((socket) => {
      attempts += 1;
      socket.on('error', () => undefined).destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'hrtime'],
    });
    const book = new AddressBook();
    book.set('m', [{ pod: 'p', addr: `127.0.0.1:${port}` }]);
    const pool = new ClientPool({ book, clock: systemClock });
    const call = () => pool.deliver('m', messageTo('a'), forever()).catch(() => undefined);
    let seconds = 0;
    for (let isTried = true; isTried && seconds < 30; seconds += 1) {
      const before = attempts;
      void call();
      await jest.advanceTimersByTimeAsync(LONGEST_PAUSE_MS);
      await until(() => attempts > before);
      isTried = attempts > before;
    }
    expect(seconds).toBe(30);

    await new Promise((resolve) => server.close(resolve));
    const replica = await Replica.start(async () => 'back', { address: `127.0.0.1:${port}` });
    void call();
    await jest.advanceTimersByTimeAsync(LONGEST_PAUSE_MS + REOPEN_DELAY_MS);
    let answer: unknown;
    void call().then((got) => (answer = got));
    await until(() => answer !== undefined);
    expect(answer).toBe('back');
    jest.useRealTimers();
    await pool[Symbol.asyncDispose]();
    await replica[Symbol.asyncDispose]();
  });
});
