import { runComponent } from '@tinysystems/testing';
import { transform } from '../src/components/transform.ts';

describe('transform', () => {
  it('passes the context on and answers with the answer', async () => {
    await using run = await runComponent(transform, { wire: { out: () => ({ ok: true }) } });
    expect(await run.send('in', { context: { a: [1] } })).toEqual({ ok: true });
    expect(run.emitted('out')).toEqual([{ context: { a: [1] } }]);
  });

  it('passes null on as null', async () => {
    await using run = await runComponent(transform, { wire: { out: () => null } });
    expect(await run.send('in', { context: null })).toBeNull();
    expect(run.emitted('out')).toEqual([{ context: null }]);
  });

  it('fails as what comes after it', async () => {
    await using run = await runComponent(transform, { wire: { out: () => Promise.reject(new Error('no')) } });
    await expect(run.send('in', { context: 1 })).rejects.toThrow('no');
  });
});
