import { FakeClock, eventually, runComponent } from '@tinysystems/testing';
import { createDelay } from '../src/components/delay.ts';

describe('delay', () => {
  it('passes the context on after the delay, not before', async () => {
    const clock = new FakeClock();
    await using run = await runComponent(createDelay(clock), { clock, wire: { out: () => 'late' } });
    const answer = run.send('in', { context: 1, delay: 1000 });
    await clock.advance(999);
    expect(run.emitted('out')).toEqual([]);
    await clock.advance(1);
    expect(await answer).toBe('late');
    expect(run.emitted('out')).toEqual([{ context: 1 }]);
  });

  it.each([0, -1])('refuses a delay of %d ms', async (delay) => {
    const clock = new FakeClock();
    await using run = await runComponent(createDelay(clock), { clock });
    const refused = { kind: 'Permanent', code: 'common-module.DELAY_INVALID' };
    await expect(run.send('in', { context: 1, delay })).rejects.toMatchObject(refused);
  });

  it('fails at once when the deadline is earlier', async () => {
    const clock = new FakeClock();
    await using run = await runComponent(createDelay(clock), { clock });
    const sent = run.send('in', { context: 1, delay: 30_000 }, { timeoutMs: 30_000 });
    await expect(sent).rejects.toMatchObject({ kind: 'Timeout', code: 'common-module.DELAY_TOO_LONG' });
    expect(run.emitted('out')).toEqual([]);
  });

  it('ends when its sender gives up', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    await using run = await runComponent(createDelay(clock), { clock });
    const sent = expect(
      run.send('in', { context: 1, delay: 1000 }, { signal: stop.signal }),
    ).rejects.toMatchObject({ kind: 'Cancelled' });
    stop.abort();
    await sent;
    await eventually(() => clock.pending === 0);
    expect(run.emitted('out')).toEqual([]);
  });
});
