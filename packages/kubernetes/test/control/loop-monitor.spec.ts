import { LoopMonitor } from '../../src/control/loop-monitor.ts';
import { SharedFlag } from '../../src/control/shared-flag.ts';
import { SharedTimes } from '../../src/control/shared-times.ts';
import { FakeClock } from '../fake-clock.ts';

describe('LoopMonitor', () => {
  it('is content with a loop that turns', async () => {
    await using test = start();
    await test.turnFor(10_000);

    expect(test.monitor).toMatchObject({ isResponsive: true, silentMs: 0 });
    expect(test.unblocked).toEqual([]);
  });

  it('finds a loop blocked that has not turned for two seconds', async () => {
    await using test = start();
    await test.turnFor(5_000);
    await test.clock.advance(1_999);
    expect(test.monitor.isResponsive).toBe(true);
    expect(test.blocked.isSet).toBe(false);

    await test.clock.advance(501);

    expect(test.monitor).toMatchObject({ isResponsive: false, silentMs: 2_500 });
    expect(test.blocked.isSet).toBe(true);
  });

  it('tells how long the loop was blocked once it turns again, and trusts it a second later', async () => {
    await using test = start();
    await test.turnFor(5_000);
    await test.clock.advance(60_000);
    await test.turnFor(500);
    expect(test.unblocked).toEqual([60_500]);
    expect(test.monitor.isResponsive).toBe(false);

    await test.turnFor(1_000);

    expect(test.monitor.isResponsive).toBe(true);
    expect(test.unblocked).toHaveLength(1);
  });

  it('does not hold against the loop what the whole process has slept through', async () => {
    await using test = start();
    await test.turnFor(5_000);
    test.clock.skip(30_000);
    await test.clock.advance(500);
    expect(test.monitor.silentMs).toBeLessThanOrEqual(500);

    await test.turnFor(2_000);

    expect(test.monitor.isResponsive).toBe(true);
    expect(test.unblocked).toEqual([]);
  });
});

/** A clock that can jump without running what is due in between, as for a process that was stopped. */
class SkippingClock extends FakeClock {
  #skippedMs = 0;

  skip(ms: number): void {
    this.#skippedMs += ms;
  }

  override monotonicMs(): number {
    return super.monotonicMs() + this.#skippedMs;
  }
}

function start() {
  const clock = new SkippingClock();
  const beat = new SharedTimes(1);
  const blocked = new SharedFlag();
  const unblocked: number[] = [];
  const monitor = new LoopMonitor({ clock, beat, blocked, onUnblocked: (ms) => unblocked.push(ms) });
  const stop = new AbortController();
  const running = monitor.run(stop.signal);
  return {
    clock,
    blocked,
    monitor,
    unblocked,
    async turnFor(ms: number) {
      for (let passed = 0; passed < ms; passed += 500) {
        await clock.advance(499);
        beat.set(0, clock.monotonicMs() + 1);
        blocked.set(false);
        await clock.advance(1);
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
