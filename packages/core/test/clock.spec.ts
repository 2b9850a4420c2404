import { getEventListeners } from 'node:events';
import { TinyError, sleep, systemClock } from '@tinysystems/core';
import { FakeClock } from '@tinysystems/core/testing';

describe('sleep', () => {
  it('ends after the delay and leaves no listener', async () => {
    const clock = new FakeClock();
    const { signal } = new AbortController();
    const slept = sleep(clock, 5, signal);
    await clock.advance(5);
    await slept;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('ends with the reason of its signal and takes its timer back', async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const slept = sleep(clock, 5, abort.signal);
    abort.abort(new TinyError('Timeout', 'DEADLINE_EXCEEDED', 'late'));
    await expect(slept).rejects.toMatchObject({ kind: 'Timeout' });
    expect(clock.pending).toBe(0);
  });

  it('ends as cancelled when the reason is not an error of ours', async () => {
    const reason = new Error('stop');
    await expect(sleep(new FakeClock(), 5, AbortSignal.abort(reason))).rejects.toMatchObject({
      kind: 'Cancelled',
      cause: reason,
    });
  });
});

describe('systemClock', () => {
  it('waits for a delay that is longer than a timer of Node can be', async () => {
    let isCalled = false;
    const takeBack = systemClock.after(365 * 24 * 3_600_000, () => (isCalled = true));
    await new Promise<void>((resolve) => void systemClock.after(5, resolve));
    takeBack();
    expect(isCalled).toBe(false);
  });
});
