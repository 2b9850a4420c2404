import { eventually, runComponent } from '@tinysystems/testing';
import { async } from '../src/components/async.ts';

/** A wire whose messages stay until they are let go. */
function gate() {
  const waiting: (() => void)[] = [];
  return {
    waiting,
    wire: { out: () => new Promise<string>((resolve) => waiting.push(() => resolve('dropped'))) },
    open: () => waiting.splice(0).forEach((letGo) => letGo()),
  };
}

describe('async', () => {
  it('answers nothing at once, and passes the context on', async () => {
    const { wire, waiting, open } = gate();
    await using run = await runComponent(async, { wire });
    expect(await run.send('in', { context: 1 })).toBeUndefined();
    await eventually(() => waiting.length === 1);
    expect(run.emitted('out')).toEqual([{ context: 1 }]);
    open();
  });

  it('makes the sender wait when as many as allowed are on their way', async () => {
    const { wire, waiting, open } = gate();
    await using run = await runComponent(async, { settings: { maxConcurrency: 2 }, wire });
    await run.send('in', { context: 1 });
    await run.send('in', { context: 2 });
    let isThirdBack = false;
    const third = run.send('in', { context: 3 }).then(() => (isThirdBack = true));
    await eventually(() => waiting.length === 3);
    expect(isThirdBack).toBe(false);
    open();
    await third;
    await run.send('in', { context: 4 });
    await eventually(() => waiting.length === 1);
    open();
  });

  it('takes 0 for 100', async () => {
    const { wire, waiting, open } = gate();
    await using run = await runComponent(async, { settings: { maxConcurrency: 0 }, wire });
    for (let sent = 0; sent < 100; sent += 1) await run.send('in', { context: sent });
    await eventually(() => waiting.length === 100);
    open();
  });

  it('does not fail its sender', async () => {
    await using run = await runComponent(async, { wire: { out: () => Promise.reject(new Error('broken')) } });
    expect(await run.send('in', { context: 1 })).toBeUndefined();
    await eventually(() => expect(run.warnings).toEqual([expect.stringContaining('broken')]));
  });
});
