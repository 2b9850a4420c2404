import { borrowedAuthorization } from '../../src/control/borrowed-authorization.ts';
import { FakeClock, settle } from '../fake-clock.ts';

describe('borrowedAuthorization', () => {
  it('waits for the first value, and keeps it', async () => {
    const test = start();
    test.answer('Bearer one');

    expect(await test.authorization()).toBe('Bearer one');
    expect(await test.authorization()).toBe('Bearer one');
    expect(test.asked).toEqual([false]);
  });

  it('asks ahead of time, and uses the old value until the new one is there', async () => {
    const test = start();
    test.answer('Bearer one');
    await test.authorization();
    await test.clock.advance(10_000);
    expect(await test.authorization()).toBe('Bearer one');
    expect(test.asked).toEqual([false, false]);
    test.answer('Bearer two');
    await settle();

    expect(await test.authorization()).toBe('Bearer two');
  });

  it('goes on with the last value for as long as the other thread is busy', async () => {
    const test = start();
    test.answer('Bearer one');
    await test.authorization();
    await test.clock.advance(60_000);
    expect(await test.authorization()).toBe('Bearer one');
    const refreshed = test.authorization({ refresh: true });
    await test.clock.advance(2_000);

    expect(await refreshed).toBe('Bearer one');
  });

  it('gets a new value when the last one was refused', async () => {
    const test = start();
    test.answer('Bearer one');
    await test.authorization();
    test.answer('Bearer two');

    expect(await test.authorization({ refresh: true })).toBe('Bearer two');
    expect(test.asked).toEqual([false, true]);
    expect(test.clock.pendingTimers).toBe(0);
  });

  it('fails when there has never been a value, and survives a later failure', async () => {
    const test = start();
    test.answer(new Error('no such plugin'));
    await expect(test.authorization()).rejects.toThrow('no such plugin');
    test.answer('Bearer one');
    expect(await test.authorization()).toBe('Bearer one');
    await test.clock.advance(10_000);
    test.answer(new Error('the plugin broke'));
    await test.authorization();
    await settle();

    expect(await test.authorization()).toBe('Bearer one');
  });
});

function start() {
  const clock = new FakeClock();
  const asked: boolean[] = [];
  const answers: (string | Error)[] = [];
  const waiting: PromiseWithResolvers<string | Error>[] = [];
  const ask = async (refresh: boolean): Promise<string> => {
    asked.push(refresh);
    const gate = Promise.withResolvers<string | Error>();
    const ready = answers.shift();
    if (ready === undefined) waiting.push(gate);
    else gate.resolve(ready);
    const answer = await gate.promise;
    if (typeof answer !== 'string') throw answer;
    return answer;
  };
  return {
    clock,
    asked,
    authorization: borrowedAuthorization(ask, clock),
    answer(value: string | Error) {
      const gate = waiting.shift();
      if (gate === undefined) answers.push(value);
      else gate.resolve(value);
    },
  };
}
