import { MessageChannel } from 'node:worker_threads';
import { Channel } from '../../src/control/channel.ts';

// A type: an interface would have no index signature.
type Methods = {
  readonly double: (value: number) => number;
  readonly wait: (value: undefined, signal: AbortSignal) => Promise<string>;
  readonly fail: (message: string) => void;
  readonly note: (text: string) => void;
};

describe('Channel', () => {
  it('calls methods of the other side, in both directions', async () => {
    using test = join();

    expect(await test.here.call('double', 21)).toBe(42);
    expect(await test.there.call('double', 4)).toBe(8);
  });

  it('passes a failure on to the caller', async () => {
    using test = join();

    await expect(test.here.call('fail', 'disk full')).rejects.toMatchObject({ message: 'disk full' });
  });

  it('asks a call to end, and waits until it has', async () => {
    using test = join();
    const stop = new AbortController();
    const call = test.here.call('wait', undefined, stop.signal);
    stop.abort();

    expect(await call).toBe('cleaned up');
  });

  it('asks a call to end that was begun too late', async () => {
    using test = join();

    expect(await test.here.call('wait', undefined, AbortSignal.abort())).toBe('cleaned up');
  });

  it('tells things in order, between its calls', async () => {
    using test = join();
    test.here.tell('note', 'a');
    test.here.tell('note', 'b');
    await test.here.call('double', 1);
    test.here.tell('note', 'c');
    await test.here.call('double', 1);

    expect(test.notes).toEqual(['a', 'b', 'c']);
  });

  it('fails all calls, and those that come later, when the other side is gone', async () => {
    using test = join();
    const open = test.here.call('wait', undefined);
    test.here.close(new Error('gone'));

    await expect(open).rejects.toThrow('gone');
    await expect(test.here.call('double', 1)).rejects.toThrow('gone');
  });
});

function join() {
  const { port1, port2 } = new MessageChannel();
  const notes: string[] = [];
  const methods: Methods = {
    double: (value) => value * 2,
    wait: async (_, signal) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return 'cleaned up';
    },
    fail: (message) => {
      throw new Error(message);
    },
    note: (text) => void notes.push(text),
  };
  return {
    here: new Channel<Methods, Methods>(port1, methods),
    there: new Channel<Methods, Methods>(port2, methods),
    notes,
    [Symbol.dispose]() {
      port1.close();
    },
  };
}
