import { ApiError } from '@tinysystems/kubernetes';
import { quietOnConflict } from '../../src/resources/quiet-on-conflict.ts';

const conflict = new ApiError({ code: 409, reason: 'Conflict', message: 'modified', request: 'PATCH' });
const { signal } = new AbortController();

describe('a reconciliation that lost against a newer object', () => {
  it('looks again soon, then less and less often, and soon again after a success', async () => {
    let error: Error | undefined = conflict;
    const reconcile = quietOnConflict(() =>
      error === undefined ? Promise.resolve() : Promise.reject(error),
    );
    const delays: unknown[] = [];
    for (let attempt = 0; attempt < 10; attempt += 1) delays.push(await reconcile('default/n', signal));
    expect(delays.slice(0, 3)).toEqual([20, 40, 80].map((requeueAfterMs) => ({ requeueAfterMs })));
    expect(delays.at(-1)).toEqual({ requeueAfterMs: 5000 });
    expect(await reconcile('default/other', signal)).toEqual({ requeueAfterMs: 20 });
    error = undefined;
    expect(await reconcile('default/n', signal)).toBeUndefined();
    error = conflict;
    expect(await reconcile('default/n', signal)).toEqual({ requeueAfterMs: 20 });
  });

  it('is no excuse for any other failure', async () => {
    const reconcile = quietOnConflict(() => Promise.reject(new Error('broken')));
    await expect(reconcile('default/n', signal)).rejects.toThrow('broken');
  });
});
