import { Informer, systemClock } from '@tinysystems/kubernetes';
import type { Clock, Timer } from '@tinysystems/kubernetes';
import { Cluster, eventually, running, widget, WIDGET } from './kubernetes-cluster.ts';
import type { Widget } from './kubernetes-cluster.ts';
import { Proxy } from './kubernetes-proxy.ts';

describe('Informer with an API server', () => {
  it('follows every change', async () => {
    await using cluster = await Cluster.start();
    await cluster.widgets.create(widget('a'));
    const test = follow(cluster);
    await using _ = running(test.informer);
    await test.informer.waitForSync(AbortSignal.timeout(5_000));
    await cluster.widgets.create(widget('b'));
    await cluster.widgets.patch('a', { spec: { size: 5 } });
    await cluster.widgets.delete('b');

    await eventually(() => expect(test.told).toEqual(['add a 1', 'add b 1', 'update a 5', 'delete b 1']));
    expect(test.informer.lister.list().map(({ metadata }) => metadata.name)).toEqual(['a']);
  });

  it('goes on after the server drops its watch', async () => {
    await using cluster = await Cluster.start();
    const test = follow(cluster);
    await using _ = running(test.informer);
    await test.informer.waitForSync(AbortSignal.timeout(5_000));
    await untilFollowing(cluster, test);
    cluster.takeRequests();

    expect(cluster.controlPlane.faults.dropWatches()).toBe(1);
    await cluster.widgets.create(widget('a'));

    await eventually(() => expect(test.told).toEqual(['add a 1']));
    expect(listsIn(cluster.takeRequests())).toBe(0);
  });

  it('goes on after its connection is reset, without a list and without inventing anything', async () => {
    await using cluster = await Cluster.start();
    await using proxy = await Proxy.start(cluster.controlPlane.port);
    const test = follow(cluster, systemClock, proxy.url);
    await using _ = running(test.informer);
    await test.informer.waitForSync(AbortSignal.timeout(5_000));
    await untilFollowing(cluster, test);
    cluster.takeRequests();

    for (const name of ['a', 'b', 'c']) {
      proxy.reset();
      await cluster.widgets.create(widget(name));
      await eventually(() => expect(test.told.at(-1)).toBe(`add ${name} 1`));
    }

    expect(test.told).toEqual(['add a 1', 'add b 1', 'add c 1']);
    expect(listsIn(cluster.takeRequests())).toBe(0);
  });

  it('notices after 75 s that the network swallows everything, and catches up when it is back', async () => {
    await using cluster = await Cluster.start();
    await using proxy = await Proxy.start(cluster.controlPlane.port);
    const clock = new HastyClock();
    const test = follow(cluster, clock, proxy.url);
    await using _ = running(test.informer);
    await test.informer.waitForSync(AbortSignal.timeout(5_000));
    await untilWatched(cluster);
    proxy.freeze();
    await cluster.widgets.create(widget('a'));
    await cluster.widgets.delete('a');
    await cluster.widgets.create(widget('b'));
    proxy.thaw();
    expect(test.told).toEqual([]);

    clock.fire(75_000);

    await eventually(() => expect(test.told).toEqual(['add a 1', 'delete a 1', 'add b 1']));
  });

  it('lists again when its version was compacted away while it was cut off, and tells the differences', async () => {
    await using cluster = await Cluster.start();
    for (const name of ['a', 'gone', 'anew']) await cluster.widgets.create(widget(name));
    await using proxy = await Proxy.start(cluster.controlPlane.port);
    const test = follow(cluster, systemClock, proxy.url);
    await using _ = running(test.informer);
    await test.informer.waitForSync(AbortSignal.timeout(5_000));
    await untilWatched(cluster);
    const { faults } = cluster.controlPlane;
    faults.pauseWatches();
    await cluster.widgets.create(widget('b'));
    await cluster.widgets.delete('gone');
    await cluster.widgets.delete('anew');
    await cluster.widgets.create(widget('anew', 2));
    test.told.length = 0;
    faults.compact();
    proxy.reset();
    faults.resumeWatches();

    await eventually(() =>
      expect(test.told.toSorted()).toEqual(['add anew 2', 'add b 1', 'delete anew 1', 'delete gone 1']),
    );
    expect(listsIn(cluster.takeRequests())).toBeGreaterThan(0);
  });

  it('goes on where it was after the API server was restarted', async () => {
    await using cluster = await Cluster.start();
    for (const name of ['a', 'b', 'c']) await cluster.widgets.create(widget(name));
    const test = follow(cluster);
    await using _ = running(test.informer);
    await test.informer.waitForSync(AbortSignal.timeout(5_000));
    test.told.length = 0;
    await cluster.down();
    await cluster.up();
    await cluster.widgets.create(widget('d'));

    await eventually(() => expect(test.told).toEqual(['add d 1']));
    expect(test.informer.lister.list()).toHaveLength(4);
  });

  it('gives up a watch that is silent for 75 s, and catches up on another', async () => {
    await using cluster = await Cluster.start();
    const clock = new HastyClock();
    const test = follow(cluster, clock);
    await using _ = running(test.informer);
    await test.informer.waitForSync(AbortSignal.timeout(5_000));
    await untilWatched(cluster);
    cluster.controlPlane.faults.pauseWatches();
    await cluster.widgets.create(widget('a'));
    cluster.takeRequests();

    clock.fire(75_000);
    await eventually(() => expect(cluster.takeRequests().join()).toContain('watch=true'));
    cluster.controlPlane.faults.resumeWatches();

    await eventually(() => expect(test.told).toEqual(['add a 1']));
  });

  it('waits out a server that refuses lists and watches', async () => {
    await using cluster = await Cluster.start();
    await cluster.widgets.create(widget('a'));
    cluster.controlPlane.faults.failNext({ count: 2, status: 503, path: /widgets/ });
    const test = follow(cluster);
    await using _ = running(test.informer);

    await eventually(() => expect(test.told).toEqual(['add a 1']));
  });
});

/** The real time, except that long timers can be made to fire now. */
class HastyClock implements Clock {
  readonly #long = new Map<() => void, number>();

  now(): number {
    return systemClock.now();
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return systemClock.sleep(delayMs, signal);
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    if (delayMs < 10_000) return systemClock.setTimeout(run, delayMs);
    this.#long.set(run, delayMs);
    return { clear: () => void this.#long.delete(run) };
  }

  /** Fires every timer that was set for exactly `delayMs`. */
  fire(delayMs: number): void {
    for (const [run, ms] of [...this.#long]) {
      if (ms === delayMs && this.#long.delete(run)) run();
    }
  }
}

function follow(cluster: Cluster, clock: Clock = systemClock, server?: string) {
  const client = cluster.connect(server).resource(WIDGET, 'default');
  const informer = new Informer<Widget>({ client, clock, random: () => 0 });
  const told: string[] = [];
  const tell = (what: string) => (object: Widget) =>
    told.push(`${what} ${object.metadata.name} ${object.spec?.size}`);
  informer.onEvent({ add: tell('add'), update: tell('update'), delete: tell('delete') });
  return { informer, told };
}

/**
 * Waits until a change has arrived. Only then the watch is open at the client's end too: one that breaks while it is
 * being opened is a server that cannot be reached, after which comes a list.
 */
async function untilFollowing(cluster: Cluster, { told }: ReturnType<typeof follow>): Promise<void> {
  await cluster.widgets.create(widget('first'));
  await eventually(() => expect(told).toEqual(['add first 1']));
  told.length = 0;
}

async function untilWatched(cluster: Cluster): Promise<void> {
  const isWatch = ({ path }: { path: string }) => path.includes('widgets') && path.includes('watch=true');
  await eventually(() => expect(cluster.controlPlane.faults.requests.some(isWatch)).toBe(true));
}

function listsIn(requests: readonly string[]): number {
  return requests.filter(
    (line) => line.startsWith('GET') && line.includes('/widgets') && !line.includes('watch='),
  ).length;
}
