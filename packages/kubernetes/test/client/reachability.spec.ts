import { Reachability } from '../../src/client/reachability.ts';
import { silentLogger } from '../../src/logger.ts';
import { FakeClock } from '../fake-clock.ts';

const NEVER = new AbortController().signal;

describe('Reachability', () => {
  it('tells everyone who waits that the server answers, and asks once for all of them', async () => {
    const test = start();
    const back = [test.wait(), test.wait(), test.wait()];
    await test.clock.advance(10_000);
    expect(test.server.asked).toBe(10);

    test.server.answer = async () => test.reachability.answered();
    await test.clock.advance(1_000);
    await Promise.all(back);

    expect(test.server.asked).toBe(11);
    expect(test.clock.pendingTimers).toBe(0);
  });

  it('believes any answer, whoever asked', async () => {
    const test = start();
    const back = test.wait();
    test.reachability.answered();

    await back;
    await test.clock.advance(10_000);
    expect(test.server.asked).toBe(0);
  });

  it('logs once that the server is away and once that it is back, however often it is waited for', async () => {
    const test = start();
    for (let time = 0; time < 3; time += 1) {
      const stop = new AbortController();
      const waiting = test.wait(stop.signal);
      stop.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
    }
    test.reachability.answered();
    test.reachability.answered();

    expect(test.log).toEqual(['warn the API server cannot be reached', 'info the API server answers again']);
  });

  it('asks nothing any more once nobody waits, and again when somebody does', async () => {
    const test = start();
    const stop = new AbortController();
    const waiting = test.wait(stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await test.clock.advance(60_000);
    expect(test.server.asked).toBe(0);

    test.server.answer = async () => test.reachability.answered();
    const back = test.wait();
    await test.clock.advance(1_000);

    await back;
  });

  it('does not wait longer than 5 s for one answer', async () => {
    const test = start();
    test.server.answer = async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw new Error('cut off');
    };
    void test.wait();
    await test.clock.advance(12_000);

    expect(test.server.asked).toBe(2);
  });
});

function start() {
  const clock = new FakeClock();
  const log: string[] = [];
  const note = (level: string) => (_: object, message: string) => void log.push(`${level} ${message}`);
  const server = { asked: 0, answer: unanswered };
  const reachability = new Reachability({
    clock,
    logger: { ...silentLogger, info: note('info'), warn: note('warn') },
    ask: (signal) => {
      server.asked += 1;
      return server.answer(signal);
    },
  });
  const wait = (signal = NEVER) => reachability.whenBack(signal);
  return { clock, log, server, reachability, wait };
}

const unanswered = async (_signal: AbortSignal): Promise<void> => {
  throw new Error('ECONNREFUSED');
};
