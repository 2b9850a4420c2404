import { getEventListeners } from 'node:events';
import { TinyError, runChain } from '@tinysystems/core';
import { FakeClock } from '@tinysystems/core/testing';

const never = () => new Promise<never>(() => undefined);
const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('runChain', () => {
  it('gives what the chain gives, and leaves neither timer nor listener', async () => {
    const clock = new FakeClock();
    const parent = new AbortController().signal;
    const options = { clock, deadlineMs: clock.now() + 10, what: 'the call', parents: [parent] };
    await expect(runChain(options, () => Promise.resolve('answer'))).resolves.toBe('answer');
    expect([clock.pending, listeners(parent)]).toEqual([0, 0]);
  });

  it('ends at the deadline although the handler ignores its signal', async () => {
    const clock = new FakeClock();
    const parent = new AbortController().signal;
    let seen: AbortSignal | undefined;
    const chain = runChain(
      { clock, deadlineMs: clock.now() + 10, what: 'the call', parents: [parent] },
      (signal) => {
        seen = signal;
        return never();
      },
    );
    const ended = expect(chain).rejects.toMatchObject({
      kind: 'Timeout',
      code: 'DEADLINE_EXCEEDED',
      message: 'the call did not end within 10 ms',
    });
    await clock.advance(10);
    await ended;
    expect(seen?.reason).toMatchObject({ kind: 'Timeout' });
    expect(listeners(parent)).toBe(0);
  });

  it('ends with its parent and takes its timer back', async () => {
    const clock = new FakeClock();
    const parent = new AbortController();
    const chain = runChain(
      {
        clock,
        deadlineMs: clock.now() + 10,
        what: 'the call',
        parents: [new AbortController().signal, parent.signal],
      },
      never,
    );
    parent.abort(new TinyError('Cancelled', 'EDGE_REMOVED', 'gone'));
    await expect(chain).rejects.toMatchObject({ code: 'EDGE_REMOVED' });
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['its deadline has passed', { isAborted: false, leftMs: 0 }, 'Timeout'],
    ['its parent has ended', { isAborted: true, leftMs: 10 }, 'Cancelled'],
  ])('does not start when %s', async (_case, { isAborted, leftMs }, kind) => {
    const clock = new FakeClock();
    let isStarted = false;
    const parent = isAborted ? AbortSignal.abort() : new AbortController().signal;
    const chain = runChain(
      { clock, deadlineMs: clock.now() + leftMs, what: 'the call', parents: [parent] },
      async () => void (isStarted = true),
    );
    await expect(chain).rejects.toMatchObject({ kind });
    expect([isStarted, clock.pending]).toEqual([false, 0]);
  });

  it('leaves no timer when the chain fails before it returns a promise', async () => {
    const clock = new FakeClock();
    const chain = runChain({ clock, deadlineMs: clock.now() + 10, parents: [], what: 'the call' }, () => {
      throw new Error('at once');
    });
    await expect(chain).rejects.toThrow('at once');
    expect(clock.pending).toBe(0);
  });
});
