import { Manager } from '../../src/manager/manager.ts';
import type { ManagerOptions } from '../../src/manager/manager.ts';
import type { Runnable } from '../../src/runnable.ts';
import { FakeClock, settle } from '../fake-clock.ts';

describe('Manager', () => {
  it('starts servers, caches, workers and the election, then what leads; and stops in reverse, the election last', async () => {
    const log: string[] = [];
    const elector = new FakeElector(log);
    await using test = start({ elector });
    test.manager
      .add(runnable('leader', log), { group: 'leader' })
      .add(runnable('worker', log))
      .add(runnable('cache', log), { group: 'cache' })
      .add(runnable('http', log), { group: 'http' });
    void test.run();
    await settle();
    expect(log).toEqual(['+http', '+cache', '+worker', '+election']);
    elector.lead(true);
    await settle();
    expect(log.at(-1)).toBe('+leader');

    log.length = 0;
    await test.stop();

    expect(log).toEqual(['-leader', '-worker', '-cache', '-http', '-election']);
  });

  it('starts workers only after the caches have synced', async () => {
    const log: string[] = [];
    const synced = Promise.withResolvers<void>();
    const cache = { ...runnable('cache', log), waitForSync: () => synced.promise };
    await using test = start();
    test.manager.add(cache, { group: 'cache' }).add(runnable('worker', log));
    void test.run();
    await settle();
    expect(log).toEqual(['+cache']);

    synced.resolve();
    await settle();

    expect(log).toEqual(['+cache', '+worker']);
  });

  it('stops while it waits for a cache, without starting what comes after', async () => {
    const log: string[] = [];
    const cache = {
      ...runnable('cache', log),
      waitForSync: (signal: AbortSignal) =>
        new Promise<void>((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
    };
    await using test = start();
    test.manager.add(cache, { group: 'cache' }).add(runnable('worker', log));
    void test.run();
    await settle();

    await test.stop();

    expect(log).toEqual(['+cache', '-cache']);
  });

  it('runs the leader group while it leads, again and again, and never twice at a time', async () => {
    const log: string[] = [];
    const elector = new FakeElector();
    const gate = Promise.withResolvers<void>();
    const slow: Runnable = {
      name: 'slow',
      run: async (signal) => {
        log.push('+slow');
        await untilAborted(signal);
        await gate.promise;
        log.push('-slow');
      },
    };
    await using test = start({ elector });
    test.manager.add(slow, { group: 'leader' });
    void test.run();
    await settle();
    elector.lead(true);
    await settle();
    elector.lead(false);
    await settle();
    elector.lead(true);
    await settle();
    expect(log).toEqual(['+slow']);

    gate.resolve();
    await settle();

    expect(log).toEqual(['+slow', '-slow', '+slow']);
  });

  it('begins a new term after a loss that was followed by a gain at once', async () => {
    const log: string[] = [];
    const elector = new FakeElector();
    await using test = start({ elector });
    test.manager.add(runnable('leader', log), { group: 'leader' });
    void test.run();
    elector.lead(true);
    await settle();

    elector.lead(false);
    elector.lead(true);
    await settle();

    expect(log).toEqual(['+leader', '-leader', '+leader']);
  });

  it('waits for servers before it starts caches', async () => {
    const log: string[] = [];
    const listening = Promise.withResolvers<void>();
    const server = { ...runnable('http', log), waitForSync: () => listening.promise };
    await using test = start();
    test.manager.add(server, { group: 'http' }).add(runnable('cache', log), { group: 'cache' });
    void test.run();
    await settle();
    expect(log).toEqual(['+http']);

    listening.resolve();
    await settle();

    expect(log).toEqual(['+http', '+cache']);
  });

  it('starts nothing more when a server fails', async () => {
    const log: string[] = [];
    await using test = start();
    const server = {
      name: 'http',
      run: () => Promise.reject(new Error('the port is taken')),
      waitForSync: (signal: AbortSignal) =>
        new Promise<void>((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
    };
    test.manager
      .add(server, { group: 'http' })
      .add(runnable('cache', log), { group: 'cache' })
      .add(runnable('worker', log));

    await expect(test.run()).rejects.toThrow('"http" failed: the port is taken');
    expect(log).toEqual([]);
  });

  it('runs the leader group at once without an elector', async () => {
    const log: string[] = [];
    await using test = start();
    test.manager.add(runnable('leader', log), { group: 'leader' });
    void test.run();
    await settle();

    expect(log).toEqual(['+leader']);
  });

  it('stops everything and fails with the first error when a runnable fails', async () => {
    const log: string[] = [];
    await using test = start();
    test.manager.add(runnable('good', log)).add({
      name: 'bad',
      run: async () => {
        throw new Error('disk full');
      },
    });
    const running = test.run();

    await expect(running).rejects.toThrow('"bad" failed: disk full');
    expect(log).toEqual(['+good', '-good']);
  });

  it('takes a runnable that throws at once for a failure like any other', async () => {
    await using test = start();
    test.manager.add({
      name: 'bad',
      run: () => {
        throw new Error('now');
      },
    });

    await expect(test.run()).rejects.toThrow('"bad" failed: now');
  });

  it('goes on when a runnable ends by itself', async () => {
    const log: string[] = [];
    await using test = start();
    test.manager.add({ name: 'once', run: async () => undefined }).add(runnable('other', log));
    void test.run();
    await settle();
    expect(log).toEqual(['+other']);

    await test.stop();
  });

  it('is not troubled by a runnable that rejects with the reason it was stopped for', async () => {
    await using test = start();
    test.manager.add({
      name: 'abrupt',
      run: async (signal) => {
        await untilAborted(signal);
        throw signal.reason;
      },
    });
    void test.run();
    await settle();

    await test.stop();
  });

  it('names what does not stop within the grace period, and stops the election all the same', async () => {
    const log: string[] = [];
    await using test = start({ gracePeriodMs: 5_000, elector: new FakeElector(log) });
    test.manager.add({ name: 'stuck', run: () => new Promise(() => undefined) });
    const failure = test.run().catch((error: unknown) => String(error));
    await settle();
    test.abort();
    await test.clock.advance(4_999);
    expect(log).toEqual(['+election']);

    await test.clock.advance(1);

    expect(await failure).toContain('Not stopped within 5000 ms: stuck');
    expect(log).toEqual(['+election', '-election']);
    expect(test.clock.pendingTimers).toBe(0);
  });
});

class FakeElector implements Runnable {
  readonly name = 'election';
  isLeader = false;
  readonly #log: string[];
  readonly #listeners = new Set<(isLeader: boolean) => void>();

  constructor(log: string[] = []) {
    this.#log = log;
  }

  lead(isLeader: boolean): void {
    this.isLeader = isLeader;
    for (const listener of this.#listeners) listener(isLeader);
  }

  onChange(listener: (isLeader: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  run(signal: AbortSignal): Promise<void> {
    return runnable(this.name, this.#log).run(signal);
  }
}

function runnable(name: string, log: string[]): Runnable {
  return {
    name,
    run: async (signal) => {
      log.push(`+${name}`);
      await untilAborted(signal);
      log.push(`-${name}`);
    },
  };
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

function start(options: ManagerOptions = {}) {
  const clock = new FakeClock();
  const manager = new Manager({ clock, ...options });
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    clock,
    manager,
    run: () => (running = manager.run(stop.signal)),
    abort: () => stop.abort(),
    async stop() {
      stop.abort();
      await running;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running.catch(() => undefined);
    },
  };
}
