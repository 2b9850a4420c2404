import { Reachability } from '../../src/client/reachability.ts';
import { FakeClock } from '../fake-clock.ts';
import { refusal } from '../fake-cluster.ts';

const NEVER = new AbortController().signal;

describe('Reachability', () => {
  it('tells everyone who waits that the server answers, and asks once for all of them', async () => {
    const test = start();
    const back = [test.wait(), test.wait(), test.wait()];
    await test.clock.advance(10_000);
    expect(test.asked()).toBe(5);

    test.answer = () => undefined;
    await test.clock.advance(2_000);
    await Promise.all(back);

    expect(test.asked()).toBe(6);
    expect(test.clock.pendingTimers).toBe(0);
  });

  it('takes a refusal for an answer, but not that of a server which is still starting', async () => {
    const test = start();
    const back = test.wait();
    test.answer = () => {
      throw refusal(503, 'ServiceUnavailable');
    };
    await test.clock.advance(4_000);
    expect(test.asked()).toBe(2);

    test.answer = () => {
      throw refusal(403, 'Forbidden');
    };
    await test.clock.advance(2_000);

    await back;
  });

  it('asks nothing any more once nobody waits, and again when somebody does', async () => {
    const test = start();
    const stop = new AbortController();
    const waiting = test.wait(stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await test.clock.advance(60_000);
    expect(test.asked()).toBe(0);

    test.answer = () => undefined;
    const back = test.wait();
    await test.clock.advance(2_000);

    await back;
  });

  it('does not wait longer than 5 s for one answer', async () => {
    const test = start();
    test.answer = async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw new Error('cut off');
    };
    void test.wait();
    await test.clock.advance(14_000);

    expect(test.asked()).toBe(2);
  });
});

function start() {
  const clock = new FakeClock();
  let asked = 0;
  const test = {
    clock,
    asked: () => asked,
    answer: (_signal: AbortSignal): unknown => {
      throw new Error('ECONNREFUSED');
    },
    wait: (signal = NEVER) => reachability.whenBack(signal),
  };
  const reachability = new Reachability({
    clock,
    ask: async (signal) => {
      asked += 1;
      await test.answer(signal);
    },
  });
  return test;
}
