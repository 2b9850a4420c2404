import { eventually, runComponent } from '@tinysystems/testing';
import { signal } from '../src/components/signal.ts';

describe('signal', () => {
  it('sends the submitted context as the message itself', async () => {
    await using run = await runComponent(signal, { settings: { context: { from: 'settings' } } });
    expect(await run.signal('_control', { context: { from: 'person' }, send: true })).toBeUndefined();
    await eventually(() => expect(run.emitted('out')).toEqual([{ from: 'person' }]));
  });

  it.each([
    ['absent', { send: true }],
    ['null', { context: null, send: true }],
  ])('sends the context of the settings when the submitted one is %s', async (_what, submission) => {
    await using run = await runComponent(signal, { settings: { context: { from: 'settings' } } });
    await run.signal('_control', submission);
    await eventually(() => expect(run.emitted('out')).toEqual([{ from: 'settings' }]));
  });

  it('returns at once, whatever comes after it', async () => {
    const never = new Promise<undefined>((resolve) => (end = () => resolve(undefined)));
    let end = (): void => undefined;
    await using run = await runComponent(signal, { wire: { out: () => never } });
    expect(await run.signal('_control', { context: 1, send: true }, { timeoutMs: 500 })).toBeUndefined();
    end();
  });

  it('reports a failure of what comes after it as a warning', async () => {
    await using run = await runComponent(signal, {
      wire: { out: () => Promise.reject(new Error('broken')) },
    });
    await run.signal('_control', { context: 1, send: true });
    await eventually(() => expect(run.warnings).toEqual([expect.stringContaining('broken')]));
  });

  it('sends nothing when Send was not pressed', async () => {
    await using run = await runComponent(signal);
    await run.signal('_control', { context: 1, send: false });
    await run.signal('_control', { context: 2, send: true });
    await eventually(() => run.emitted('out').length > 0);
    expect(run.emitted('out')).toEqual([2]);
  });

  it('shows the context of the settings', async () => {
    await using run = await runComponent(signal, { settings: { context: { a: 1 } } });
    expect(run.view).toEqual({ context: { a: 1 } });
  });

  it('is not reached through an edge', async () => {
    await using run = await runComponent(signal);
    await expect(run.send('_control', { send: true })).rejects.toMatchObject({ code: 'PORT_FORBIDDEN' });
  });
});
