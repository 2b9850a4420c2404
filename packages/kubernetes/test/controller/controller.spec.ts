import { Informer } from '../../src/cache/informer.ts';
import { UnreachableError } from '../../src/client/unreachable-error.ts';
import { Controller } from '../../src/controller/controller.ts';
import type { ControllerOptions } from '../../src/controller/controller.ts';
import { desiredStateChanged } from '../../src/controller/predicates.ts';
import { silentLogger } from '../../src/logger.ts';
import { FakeClock, settle } from '../fake-clock.ts';
import { refusal } from '../fake-cluster.ts';
import { RecordingMetrics } from '../recording-metrics.ts';
import { ScriptedResource } from '../scripted-resource.ts';
import { widget } from '../widget.ts';
import type { Widget } from '../widget.ts';

describe('Controller', () => {
  it('reconciles every key that was asked for, also before it ran', async () => {
    await using test = start({});
    test.controller.enqueue('early');
    await test.run();
    test.controller.enqueue('now');
    await settle();

    expect(test.keys).toEqual(['early', 'now']);
    expect(test.metrics.count('controller_runtime_reconcile_total', { result: 'success' })).toBe(2);
  });

  it('never works on one key twice at a time, and on at most so many keys as it has workers', async () => {
    const running = new Map<string, number>();
    const most = { perKey: 0, keys: 0 };
    await using test = start({
      workers: 3,
      reconcile: async (key) => {
        running.set(key, (running.get(key) ?? 0) + 1);
        most.perKey = Math.max(most.perKey, running.get(key) ?? 0);
        most.keys = Math.max(most.keys, [...running.values()].filter((count) => count > 0).length);
        await settle();
        running.set(key, (running.get(key) ?? 0) - 1);
      },
    });
    await test.run();
    for (let round = 0; round < 10; round += 1) {
      for (const key of ['a', 'b', 'c', 'd', 'e']) test.controller.enqueue(key);
      await settle();
    }
    await test.clock.advance(0);

    expect(most).toEqual({ perKey: 1, keys: 3 });
  });

  it('tries a failing key again, later each time, and forgets its failures after a success', async () => {
    let failures = 3;
    const at: number[] = [];
    await using test = start({
      reconcile: async () => {
        at.push(test.clock.monotonicMs());
        if (failures-- > 0) throw new Error('not yet');
      },
    });
    await test.run();
    test.controller.enqueue('a');
    await test.clock.advance(10_000);
    expect(at).toEqual([0, 5, 15, 35]);

    failures = 1;
    test.controller.enqueue('a');
    await test.clock.advance(10_000);

    expect(at.slice(4)).toEqual([10_000, 10_005]);
    expect(test.metrics.count('controller_runtime_reconcile_errors_total')).toBe(4);
  });

  it('logs the first failure of a key, and again when its waits have become long', async () => {
    await using test = start({
      reconcile: async () => {
        throw new Error('never');
      },
    });
    await test.run();
    test.controller.enqueue('a');
    await test.clock.advance(200_000);

    expect(test.warned).toEqual([1, 14, 15, 16]);
  });

  it('leaves it to the client to say that the server is away', async () => {
    await using test = start({
      reconcile: async () => {
        throw new UnreachableError('GET /', 'ECONNREFUSED');
      },
    });
    await test.run();
    test.controller.enqueue('a');
    await test.clock.advance(200_000);

    expect(test.warned).toEqual([]);
    expect(test.metrics.count('controller_runtime_reconcile_errors_total')).toBeGreaterThan(10);
  });

  it('waits as long as the server asked before it tries again', async () => {
    const at: number[] = [];
    await using test = start({
      reconcile: async () => {
        at.push(test.clock.monotonicMs());
        if (at.length === 1) throw refusal(429, 'TooManyRequests', 3_000);
      },
    });
    await test.run();
    test.controller.enqueue('a');
    await test.clock.advance(10_000);

    expect(at).toEqual([0, 3_000]);
  });

  it('contains what a reconciler throws before it returns a promise, and counts a programming error', async () => {
    await using test = start({
      reconcile: () => {
        throw new TypeError('undefined is not a function');
      },
    });
    await test.run();
    test.controller.enqueue('a');
    await test.clock.advance(0);

    expect(test.metrics.count('controller_runtime_reconcile_panics_total')).toBe(1);
  });

  it('does not try again after a terminal error, but after the next event', async () => {
    await using test = start({
      reconcile: async () => {
        throw new Error('wrong for ever');
      },
      isTerminal: (error) => (error as Error).message.includes('for ever'),
    });
    await test.run();
    test.controller.enqueue('a');
    await test.clock.advance(3_600_000);
    expect(test.keys).toEqual(['a']);
    expect(test.metrics.count('controller_runtime_terminal_reconcile_errors_total')).toBe(1);

    test.controller.enqueue('a');
    await settle();

    expect(test.keys).toEqual(['a', 'a']);
  });

  it('reconciles again after the time a result asks for, whatever the predicate says', async () => {
    await using test = start({ reconcile: async () => ({ requeueAfterMs: 300_000 }) }, () => false);
    await test.run();
    test.controller.enqueue('a');
    await test.clock.advance(900_000);

    expect(test.keys).toHaveLength(4);
  });

  it('cuts a reconciliation off at its timeout and frees the worker, but keeps the key until it has ended', async () => {
    const stuck = Promise.withResolvers<void>();
    let isAborted = false;
    await using test = start({
      workers: 1,
      reconcileTimeoutMs: 1_000,
      reconcile: async (key, signal) => {
        signal.addEventListener('abort', () => (isAborted = true));
        if (key === 'stuck') await stuck.promise;
      },
    });
    await test.run();
    test.controller.enqueue('stuck');
    test.controller.enqueue('other');
    await test.clock.advance(999);
    expect(test.keys).toEqual(['stuck']);

    await test.clock.advance(60_000);
    expect(test.keys).toEqual(['stuck', 'other']);
    expect(isAborted).toBe(true);
    expect(test.metrics.count('controller_runtime_reconcile_timeouts_total')).toBe(1);

    stuck.resolve();
    await settle();
    expect(test.keys).toEqual(['stuck', 'other', 'stuck']);
  });

  it('hears of an informer what its predicate lets through, by the keys it maps to', async () => {
    const resource = new ScriptedResource<Widget>().answer(10, widget('a', 1, { spec: { color: 'red' } }));
    await using test = start({});
    const informer = new Informer<Widget>({ client: resource, clock: test.clock });
    test.controller.watch(informer, {
      predicate: desiredStateChanged,
      keys: ({ spec }) => (spec?.color ? [`color/${spec.color}`] : []),
    });
    const stop = new AbortController();
    const running = informer.run(stop.signal);
    await test.run();
    await settle();
    expect(test.keys).toEqual(['color/red']);

    const moved = widget('a', 11, { spec: { color: 'blue' }, metadata: { generation: 2 } });
    const withStatus = widget('a', 12, {
      ...moved,
      status: { phase: 'Ready' },
      metadata: { generation: 2, resourceVersion: '12' },
    });
    resource.lastWatch.send('MODIFIED', moved).send('MODIFIED', withStatus);
    await settle();

    expect(test.keys).toEqual(['color/red', 'color/red', 'color/blue']);
    stop.abort();
    await running;
  });

  it('puts what is there at the start behind what changes', async () => {
    const resource = new ScriptedResource<Widget>().answer(10, widget('a', 1), widget('b', 2));
    const gate = Promise.withResolvers<void>();
    await using test = start({ workers: 1, reconcile: () => gate.promise });
    const informer = new Informer<Widget>({ client: resource, clock: test.clock });
    test.controller.watch(informer);
    const stop = new AbortController();
    const running = informer.run(stop.signal);
    await test.run();
    await settle();
    resource.lastWatch.send('ADDED', widget('c', 11));
    await settle();
    gate.resolve();
    await settle();

    expect(test.keys).toEqual(['default/a', 'default/c', 'default/b']);
    stop.abort();
    await running;
  });

  it('puts what it only looks at again behind what changes', async () => {
    const gate: { opens?: Promise<void> } = {};
    await using test = start({
      workers: 1,
      reconcile: async (key) => {
        await gate.opens;
        return key === 'again' ? { requeueAfterMs: 1_000 } : undefined;
      },
    });
    await test.run();
    test.controller.enqueue('again');
    await settle();
    const busy = Promise.withResolvers<void>();
    gate.opens = busy.promise;
    test.controller.enqueue('busy');
    await test.clock.advance(1_000);
    test.controller.enqueue('fresh');
    busy.resolve();
    await settle();

    expect(test.keys).toEqual(['again', 'busy', 'fresh', 'again']);
  });

  it('has eight workers unless told otherwise', async () => {
    const gate = Promise.withResolvers<void>();
    await using test = start({ reconcile: () => gate.promise });
    await test.run();
    for (let at = 0; at < 20; at += 1) test.controller.enqueue(`key ${at}`);
    await settle();

    expect(test.keys).toHaveLength(8);
    const labels = { controller: 'widgets' };
    expect(test.metrics.read('controller_runtime_max_concurrent_reconciles', labels)).toBe(8);
    expect(test.metrics.read('controller_runtime_active_workers', labels)).toBe(8);
    gate.resolve();
  });

  it.each([undefined, null, 'text', 7, { code: 5 }])(
    'contains a rejection with %p, counts it as a programming error and tries again',
    async (reason) => {
      const rejections = [reason];
      await using test = start({
        reconcile: async () => {
          // eslint-disable-next-line @typescript-eslint/only-throw-error
          if (rejections.length > 0) throw rejections.pop();
        },
      });
      await test.run();
      test.controller.enqueue('a');
      await test.clock.advance(10);

      expect(test.keys).toEqual(['a', 'a']);
      expect(test.metrics.count('controller_runtime_reconcile_panics_total')).toBe(1);
      expect(test.metrics.count('controller_runtime_reconcile_errors_total')).toBe(1);
      expect(test.metrics.count('controller_runtime_reconcile_total', { result: 'success' })).toBe(1);
    },
  );

  it('starts with everything in its informers again when it runs again', async () => {
    const resource = new ScriptedResource<Widget>().answer(10, widget('a', 1));
    await using test = start({});
    const informer = new Informer<Widget>({ client: resource, clock: test.clock });
    test.controller.watch(informer);
    const stop = new AbortController();
    const running = informer.run(stop.signal);
    await test.run();
    await settle();
    await test.stop();
    resource.lastWatch.send('ADDED', widget('b', 11));
    await settle();
    expect(test.keys).toEqual(['default/a']);

    await test.run();
    await settle();

    expect(test.keys).toEqual(['default/a', 'default/a', 'default/b']);
    stop.abort();
    await running;
  });

  it('waits for its reconciliations when it stops, aborts their signal, and leaves no timer', async () => {
    let hasEnded = false;
    const test = start({
      reconcileTimeoutMs: 60_000,
      reconcile: async (key, signal) => {
        if (key === 'later') return { requeueAfterMs: 60_000 };
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        await settle();
        hasEnded = true;
        throw new Error('interrupted');
      },
    });
    await test.run();
    test.controller.enqueue('later');
    test.controller.enqueue('a');
    await settle();
    await test[Symbol.asyncDispose]();

    expect(hasEnded).toBe(true);
    expect(test.clock.pendingTimers).toBe(0);
    expect(test.metrics.count('controller_runtime_reconcile_errors_total')).toBe(0);
  });
});

function start(options: Partial<ControllerOptions>, predicate?: () => boolean) {
  const clock = new FakeClock();
  const metrics = new RecordingMetrics();
  const keys: string[] = [];
  const warned: unknown[] = [];
  const warn = (fields: { readonly attempt?: number }): void => void warned.push(fields.attempt);
  const { reconcile = async () => undefined } = options;
  const controller = new Controller({
    name: 'widgets',
    clock,
    metrics,
    logger: { ...silentLogger, warn },
    ...options,
    reconcile: (key, signal) => {
      keys.push(key);
      return reconcile(key, signal);
    },
  });
  if (predicate !== undefined)
    controller.watch(new Informer<Widget>({ client: new ScriptedResource() }), { predicate });
  let stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const stopIt = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return {
    clock,
    metrics,
    keys,
    warned,
    controller,
    async run() {
      stop = new AbortController();
      running = controller.run(stop.signal);
      await settle();
    },
    stop: stopIt,
    [Symbol.asyncDispose]: stopIt,
  };
}
