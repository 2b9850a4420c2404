import { getEventListeners } from 'node:events';
import { WorkQueue } from '../../src/controller/work-queue.ts';
import { FakeClock, settle } from '../fake-clock.ts';
import { RecordingMetrics } from '../recording-metrics.ts';

const NEVER = new AbortController().signal;

describe('WorkQueue', () => {
  it('hands out a key once however often it was added', async () => {
    using test = start();
    for (const key of ['a', 'a', 'b', 'a']) test.queue.add(key);

    expect(await takeAll(test.queue)).toEqual(['a', 'b']);
    expect(test.metrics.count('workqueue_adds_total')).toBe(4);
  });

  it('runs a key again when it was added while running', async () => {
    using test = start();
    test.queue.add('a');
    await test.queue.take(NEVER);
    test.queue.add('a');
    test.queue.add('a');
    expect(test.queue.length).toBe(0);

    test.queue.done('a');

    expect(await takeAll(test.queue)).toEqual(['a']);
  });

  it('hands out higher priorities first, and the first added first within one', async () => {
    using test = start();
    for (const [key, priority] of [
      ['low', -100],
      ['b', 0],
      ['a', 0],
      ['high', 10],
      ['raised', -100],
    ] as const) {
      test.queue.add(key, { priority });
    }
    test.queue.add('raised', { priority: 5 });
    test.queue.add('high', { priority: -100 });

    expect(await takeAll(test.queue)).toEqual(['high', 'raised', 'b', 'a', 'low']);
  });

  it('keeps the priority of a key that was added while running', async () => {
    using test = start();
    test.queue.add('a');
    await test.queue.take(NEVER);
    test.queue.add('b');
    test.queue.add('a', { priority: 10 });
    test.queue.done('a');

    expect(await takeAll(test.queue)).toEqual(['a', 'b']);
  });

  it('holds a key back for its delay, and keeps the earlier of two', async () => {
    using test = start();
    test.queue.add('a', { delayMs: 1_000 });
    test.queue.add('b', { delayMs: 500 });
    test.queue.add('a', { delayMs: 300 });
    test.queue.add('a', { delayMs: 5_000 });

    await test.clock.advance(299);
    expect(test.queue.length).toBe(0);
    await test.clock.advance(1);
    expect(await takeAll(test.queue)).toEqual(['a']);
    await test.clock.advance(10_000);
    expect(await takeAll(test.queue)).toEqual(['b']);
  });

  it('forgets a delay when the key is added without one', async () => {
    using test = start();
    test.queue.add('a', { delayMs: 1_000 });
    test.queue.add('a');
    expect(await takeAll(test.queue)).toEqual(['a']);

    await test.clock.advance(10_000);

    expect(test.queue.length).toBe(0);
  });

  it('doubles the delay of a failing key from 5 ms up to 1000 s, each key for itself, until it is forgotten', async () => {
    using test = start();
    const delays: number[] = [];
    for (let failure = 0; failure < 20; failure += 1) {
      const startedMs = test.clock.monotonicMs();
      test.queue.addRateLimited('a');
      while (test.queue.length === 0) await test.clock.advance(5);
      delays.push(test.clock.monotonicMs() - startedMs);
      await takeAll(test.queue);
      if (failure === 9) break;
    }
    expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560]);
    expect(test.queue.failures('a')).toBe(10);

    test.queue.forget('a');
    test.queue.addRateLimited('a');
    test.queue.addRateLimited('b');
    await test.clock.advance(5);

    expect(await takeAll(test.queue)).toEqual(['a', 'b']);
  });

  it('never waits longer than 1000 s after a failure', async () => {
    using test = start();
    for (let failure = 0; failure < 40; failure += 1) {
      test.queue.addRateLimited('a');
      await test.clock.advance(1_000_000);
      expect(await takeAll(test.queue)).toEqual(['a']);
    }
  });

  it('wakes one waiting worker for each key', async () => {
    using test = start();
    const taken: (string | undefined)[] = [];
    for (let worker = 0; worker < 3; worker += 1) void test.queue.take(NEVER).then((key) => taken.push(key));
    await settle();
    test.queue.add('a');
    test.queue.add('b');
    await settle();

    expect(taken).toEqual(['a', 'b']);
  });

  it('leaves nothing behind on the signal of a worker that waited', async () => {
    using test = start();
    const { signal } = new AbortController();
    for (let times = 0; times < 100; times += 1) {
      const taken = test.queue.take(signal);
      test.queue.add('a');
      test.queue.done((await taken) ?? '');
    }

    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('passes a wake-up on when the woken worker was told to stop', async () => {
    using test = start();
    const stop = new AbortController();
    const stopped = test.queue.take(stop.signal);
    const other = test.queue.take(NEVER);
    await settle();
    test.queue.add('a');
    stop.abort();

    expect(await stopped).toBeUndefined();
    expect(await other).toBe('a');
  });

  it('ends all waiting and leaves no timer when it is shut down', async () => {
    using test = start();
    const waiting = test.queue.take(NEVER);
    test.queue.add('a', { delayMs: 1_000 });
    test.queue[Symbol.dispose]();

    expect(await waiting).toBeUndefined();
    expect(test.clock.pendingTimers).toBe(0);
    test.queue.add('b');
    expect(test.queue.length).toBe(0);
  });

  it('keeps delays right when keys change their mind again and again', async () => {
    using test = start();
    test.queue.add('late', { delayMs: 2_000_000 });
    for (let round = 0; round < 1_000; round += 1) {
      test.queue.add('a', { delayMs: 1_000_000 - round });
      test.queue.add('a');
      await takeAll(test.queue);
    }
    test.queue.add('a', { delayMs: 3_000_000 });
    await test.clock.advance(2_000_000);
    expect(await takeAll(test.queue)).toEqual(['late']);

    await test.clock.advance(1_000_000);
    expect(await takeAll(test.queue)).toEqual(['a']);
    expect(test.clock.pendingTimers).toBe(0);
  });

  it('gives 20,000 delayed keys out in the order of their time', async () => {
    using test = start();
    const delays = Array.from({ length: 20_000 }, (_, at) => 1 + ((at * 7_919) % 100_003));
    delays.forEach((delayMs, at) => test.queue.add(String(at), { delayMs }));
    await test.clock.advance(100_003);

    const order = (await takeAll(test.queue)).map((key) => delays[Number(key)] ?? 0);
    expect(order).toHaveLength(20_000);
    expect(order.every((delayMs, at) => at === 0 || delayMs >= (order[at - 1] ?? 0))).toBe(true);
  });

  it('reports its depth, its oldest work, and how long keys wait and are worked on', async () => {
    using test = start();
    test.queue.add('a');
    test.queue.add('b');
    await test.queue.take(NEVER);
    await test.clock.advance(3_000);

    expect(test.metrics.read('workqueue_depth', { name: 'test' })).toBe(1);
    expect(test.metrics.read('workqueue_longest_running_processor_seconds', { name: 'test' })).toBe(3);

    await test.queue.take(NEVER);
    await test.clock.advance(1_000);
    expect(test.metrics.read('workqueue_unfinished_work_seconds', { name: 'test' })).toBe(5);

    test.queue.done('a');
    expect(test.metrics.count('workqueue_queue_duration_seconds_count')).toBe(2);
    expect(test.metrics.count('workqueue_work_duration_seconds_count')).toBe(1);
  });
});

function start() {
  const clock = new FakeClock();
  const metrics = new RecordingMetrics();
  const queue = new WorkQueue({ name: 'test', clock, metrics });
  return { clock, metrics, queue, [Symbol.dispose]: () => queue[Symbol.dispose]() };
}

/** Takes and finishes every key that is ready. */
async function takeAll(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.length > 0) {
    const key = (await queue.take(NEVER)) ?? '';
    queue.done(key);
    keys.push(key);
  }
  return keys;
}
