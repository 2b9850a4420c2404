import { FakeClock, MemoryState, eventually, runComponent } from '@tinysystems/testing';
import { createDebug } from '../src/components/debug.ts';

describe('debug', () => {
  it('shows the context of the settings, then the last message', async () => {
    const clock = new FakeClock();
    await using run = await runComponent(createDebug(clock), { settings: { context: 'none yet' } });
    expect(run.view).toEqual({ context: 'none yet' });
    expect(await run.send('in', { any: ['thing'] })).toBeUndefined();
    await eventually(() => expect(run.view).toEqual({ context: { any: ['thing'] } }));
  });

  it.each([
    ['text', 'x'],
    ['a list', [1]],
    ['null', null],
    ['an object', { deep: { er: 1 } }],
  ])('takes %s', async (_what, message) => {
    const clock = new FakeClock();
    await using run = await runComponent(createDebug(clock));
    await run.send('in', message);
    await eventually(() => expect(run.view).toEqual({ context: message }));
  });

  it('stores at most once a second, and the last message in the end', async () => {
    const clock = new FakeClock();
    const state = new MemoryState();
    await using run = await runComponent(createDebug(clock), { state });
    await using replica = await runComponent(createDebug(clock), { state });
    for (const n of [1, 2, 3]) await run.send('in', { n });
    expect(replica.view).toEqual({ context: { n: 1 } });
    await clock.advance(999);
    expect(replica.view).toEqual({ context: { n: 1 } });
    await clock.advance(1);
    expect(replica.view).toEqual({ context: { n: 3 } });
    await clock.advance(1000);
    await run.send('in', { n: 4 });
    expect(replica.view).toEqual({ context: { n: 4 } });
  });

  it('keeps no credential', async () => {
    const clock = new FakeClock();
    const state = new MemoryState();
    await using run = await runComponent(createDebug(clock), { state });
    await run.send('in', {
      user: 'ada',
      apiKey: 'sesame',
      headers: [{ key: 'Authorization', value: 'Bearer sesame' }],
    });
    await eventually(() => state.get('last') !== undefined);
    expect(state.get('last')).toContain('ada');
    expect(state.get('last')).not.toContain('sesame');
  });

  it('shows the beginning of a long message', async () => {
    const clock = new FakeClock();
    const state = new MemoryState();
    await using run = await runComponent(createDebug(clock), { state });
    await run.send('in', { text: 'x'.repeat(100_000) });
    await eventually(() => state.get('last') !== undefined);
    expect(run.view).toEqual({ context: expect.stringMatching(/^\{"text":"x+…$/) });
    expect(state.get('last')?.length).toBeLessThan(16 * 1024);
  });
});
