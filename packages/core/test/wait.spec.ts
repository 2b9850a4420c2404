import { TinyError, Wakers, waitToBeWoken } from '@tinysystems/core';
import { FakeClock } from '@tinysystems/core/testing';

describe('waitToBeWoken', () => {
  const never = new AbortController().signal;

  it('ends when it is woken, and leaves nothing behind', async () => {
    const clock = new FakeClock();
    const wakers = new Wakers();
    const wait = waitToBeWoken({ clock, timeoutMs: 1000, signal: never }, (wake) => wakers.add('a', wake));
    wakers.wake('b');
    expect([wakers.count, clock.pending]).toEqual([1, 1]);
    wakers.wake('a');
    await wait;
    expect([wakers.count, clock.pending]).toEqual([0, 0]);
  });

  it('ends when the time is over', async () => {
    const clock = new FakeClock();
    const wakers = new Wakers();
    const wait = waitToBeWoken({ clock, timeoutMs: 1000, signal: never }, (wake) => wakers.add('a', wake));
    await clock.advance(1000);
    await wait;
    expect(wakers.count).toBe(0);
  });

  it('fails with the signal’s error when that aborts first', async () => {
    const clock = new FakeClock();
    const wakers = new Wakers();
    const controller = new AbortController();
    const wait = waitToBeWoken({ clock, timeoutMs: 1000, signal: controller.signal }, (wake) =>
      wakers.add('a', wake),
    );
    const outcome = expect(wait).rejects.toMatchObject({ kind: 'Timeout', code: 'DEADLINE_EXCEEDED' });
    controller.abort(new TinyError('Timeout', 'DEADLINE_EXCEEDED', 'too late'));
    await outcome;
    expect([wakers.count, clock.pending]).toEqual([0, 0]);
    await expect(
      waitToBeWoken({ clock, timeoutMs: 1, signal: controller.signal }, () => () => undefined),
    ).rejects.toThrow('too late');
  });
});
