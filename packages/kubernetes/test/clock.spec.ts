import { getEventListeners } from 'node:events';
import { systemClock } from '../src/clock.ts';
import { WakeUp } from '../src/wake-up.ts';
import { FakeClock, settle } from './fake-clock.ts';

describe('systemClock', () => {
  it('sleeps at least as long as asked, and leaves nothing on the signal', async () => {
    const { signal } = new AbortController();
    const startedMs = systemClock.monotonicMs();
    await systemClock.sleep(20, signal);

    expect(systemClock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(19);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends a sleep with the reason of its signal', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60_000, stop.signal);
    stop.abort(new Error('enough'));

    await expect(sleeping).rejects.toThrow('enough');
    await expect(systemClock.sleep(60_000, stop.signal)).rejects.toThrow('enough');
  });
});

describe('WakeUp', () => {
  it('ends a wait, and the next one at once when nobody waited', async () => {
    const { wakeUp, wait } = start();
    const first = wait();
    wakeUp.notify();
    await first;
    wakeUp.notify();
    await wait();

    expect(await Promise.race([wait().then(() => 'woken'), settle().then(() => 'asleep')])).toBe('asleep');
  });

  it('ends a wait after its time, or when its signal aborts', async () => {
    const { clock, stop, wait } = start();
    const timed = wait(100);
    await clock.advance(100);
    await timed;
    const endless = wait();
    stop.abort();
    await endless;
    await wait();

    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves nothing on its signal', async () => {
    const { wakeUp, stop, wait } = start();
    for (let times = 0; times < 20; times += 1) {
      const waiting = wait(1_000);
      wakeUp.notify();
      await waiting;
    }

    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });
});

function start() {
  const clock = new FakeClock();
  const wakeUp = new WakeUp();
  const stop = new AbortController();
  const wait = (maxMs?: number) =>
    wakeUp.wait({ clock, signal: stop.signal, ...(maxMs === undefined ? {} : { maxMs }) });
  return { clock, wakeUp, stop, wait };
}
