import type { TinyNode, TinySignal, TinySignalSpec, TinySignalStatus } from '@tinysystems/api';
import { ByteBudget, type Deliver, TinyError } from '@tinysystems/core';
import { FakeClock } from '@tinysystems/core/testing';
import { Tracer } from '@tinysystems/engine';
import { ApiError, keyFrom } from '@tinysystems/kubernetes';
import { MAX_DELIVERIES, SignalReconciler } from '../../src/reconcilers/signal-reconciler.ts';

const NODE: TinyNode = {
  metadata: { name: 'n', namespace: 'default' },
  spec: { module: 'alpha', component: 'c' },
};
const keyOfSignal = (name: string) => keyFrom('default', name);
const refusal = (code: number) =>
  new ApiError({ code, reason: code === 409 ? 'Conflict' : 'Refused', message: 'no', request: 'PATCH' });
const busy = () => new TinyError('Transient', 'alpha.BUSY', 'come back later');

/** A reconciler over signals that are stored here; the cache follows every write at once. */
class World {
  readonly clock = new FakeClock();
  readonly stored = new Map<string, TinySignal>();
  readonly enqueued: { readonly key: string; readonly delayMs: number }[] = [];
  readonly leadership = { isLeading: true };
  readonly patches: TinySignalStatus[] = [];
  /** What the next writes are answered with instead. */
  refusals: (Error | undefined)[] = [];
  delivered = 0;
  deliver: Deliver = () => Promise.resolve(undefined);
  readonly budget = new ByteBudget(1000);
  readonly reconciler: SignalReconciler;

  constructor() {
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    };
    this.reconciler = new SignalReconciler({
      moduleName: 'alpha',
      identity: 'alpha-0-abc',
      caches: {
        signals: { lister: this.#lister((name) => this.stored.get(name)) },
        nodes: { lister: this.#lister(() => NODE) },
      },
      client: {
        get: (name) => Promise.resolve(this.#get(name)),
        patch: (name, patch) => this.#patch(name, patch as TinySignal),
        delete: (name) => Promise.resolve(void this.stored.delete(name)),
      },
      leadership: this.leadership,
      deliver: (message, signal) => {
        this.delivered += 1;
        return this.deliver(message, signal);
      },
      budget: this.budget,
      tracer: new Tracer({ sinks: [], clock: this.clock, random: () => 0.5 }),
      clock: this.clock,
      log,
    });
  }

  create(name: string, spec: Partial<TinySignalSpec> = {}): void {
    const metadata = { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1' };
    this.stored.set(name, { metadata, spec: { node: 'n', port: 'in', ...spec } });
  }

  /** Somebody else changes the object. */
  touch(name: string): void {
    const signal = this.#get(name);
    const resourceVersion = String(Number(signal.metadata.resourceVersion) + 1);
    this.stored.set(name, { ...signal, metadata: { ...signal.metadata, resourceVersion } });
  }

  reconcile(name: string) {
    return this.reconciler.reconcile(keyOfSignal(name), {
      enqueue: (key, { delayMs = 0 } = {}) => void this.enqueued.push({ key, delayMs }),
    });
  }

  status(name: string): TinySignalStatus | undefined {
    return this.stored.get(name)?.status;
  }

  #get(name: string): TinySignal {
    const signal = this.stored.get(name);
    if (signal === undefined) throw refusal(404);
    return signal;
  }

  async #patch(name: string, patch: TinySignal): Promise<TinySignal> {
    const refused = this.refusals.shift();
    if (refused !== undefined) throw refused;
    const signal = this.#get(name);
    if (patch.metadata.resourceVersion !== signal.metadata.resourceVersion) throw refusal(409);
    this.patches.push(patch.status ?? {});
    this.stored.set(name, { ...signal, status: { ...signal.status, ...patch.status } });
    this.touch(name);
    return this.#get(name);
  }

  #lister<T>(get: (name: string) => T | undefined) {
    return { get: (_namespace: string, name: string) => get(name), list: () => [], byIndex: () => [] };
  }
}

describe('the reconciler of signals', () => {
  it('writes the end of a delivery although somebody changed the object meanwhile', async () => {
    const world = new World();
    world.create('s', { backoffLimit: 3 });
    world.deliver = () => Promise.resolve(void world.touch('s'));
    await world.reconcile('s');
    await world.clock.advance(1000);
    expect(world.status('s')).toMatchObject({ phase: 'Delivered', attempts: 1 });
    expect(world.delivered).toBe(1);
  });

  it('writes the end of a delivery when an API server that was away is back', async () => {
    const world = new World();
    world.create('s');
    const away = [new Error('connection refused'), refusal(503), refusal(429)];
    world.refusals = [undefined, ...away];
    await world.reconcile('s');
    await world.clock.advance(1000);
    expect(world.status('s')).toMatchObject({ phase: 'Delivered' });
    expect(world.delivered).toBe(1);
  });

  it('does not overwrite the claim of another replica', async () => {
    const world = new World();
    world.create('s');
    world.deliver = () => {
      const signal = world.stored.get('s') as TinySignal;
      world.stored.set('s', { ...signal, status: { ...signal.status, holder: 'alpha-1-def', attempts: 2 } });
      return Promise.resolve(void world.touch('s'));
    };
    await world.reconcile('s');
    await world.clock.advance(60_000);
    expect(world.status('s')).toMatchObject({ phase: 'Delivering', holder: 'alpha-1-def' });
  });

  it('gives a chain 30 s, or the time that its signal says', async () => {
    const world = new World();
    const leftMs: number[] = [];
    world.deliver = async ({ deadlineMs }) => void leftMs.push(deadlineMs - world.clock.now());
    world.create('s');
    world.create('t', { timeoutSeconds: 7 });
    await world.reconcile('s');
    await world.reconcile('t');
    expect(leftMs).toEqual([30_000, 7000]);
  });

  it('gives up an end that the server will never take, and keeps nothing of it', async () => {
    const world = new World();
    world.create('s');
    world.refusals = [undefined, refusal(422)];
    await world.reconcile('s');
    await world.clock.advance(1000);
    await world.reconcile('s');
    expect(world.status('s')).toMatchObject({ phase: 'Failed', conditions: [{ reason: 'HolderLost' }] });
  });

  it('waits longer and longer before it tries again, whatever happens to the object meanwhile', async () => {
    const world = new World();
    world.create('s', { backoffLimit: 100 });
    world.deliver = () => Promise.reject(busy());
    await world.reconcile('s');
    await world.clock.advance(10);
    expect(world.status('s')).toMatchObject({ phase: 'Pending', message: 'come back later' });
    world.touch('s');
    expect(await world.reconcile('s')).toEqual({ requeueAfterMs: 990 });
    await world.clock.advance(990);
    await world.reconcile('s');
    await world.clock.advance(10);
    expect(await world.reconcile('s')).toEqual({ requeueAfterMs: 1990 });
    expect(world.delivered).toBe(2);
  });

  it('charges what a signal carries to the budget of its module while it is delivered', async () => {
    const world = new World();
    const end = Promise.withResolvers<undefined>();
    world.deliver = () => end.promise;
    world.create('first', { data: 'x'.repeat(798) });
    world.create('second', { data: 'x'.repeat(298) });
    await world.reconcile('first');
    expect(world.budget.bytes).toBe(800);
    await world.reconcile('second');
    await world.clock.advance(10);
    expect(world.status('second')).toMatchObject({
      phase: 'Failed',
      message: '800 bytes are in flight in this module; the limit is 1000',
    });
    end.resolve(undefined);
    await world.clock.advance(10);
    expect([world.status('first')?.phase, world.budget.bytes, world.delivered]).toEqual(['Delivered', 0, 1]);
  });

  it('lets a crowd in one by one, and asks nobody again before there is room', async () => {
    const world = new World();
    const ends: (() => void)[] = [];
    world.deliver = () => new Promise((resolve) => ends.push(() => resolve(undefined)));
    const names = Array.from({ length: MAX_DELIVERIES + 2 }, (_, index) => `s${index}`);
    for (const name of names) world.create(name);
    for (const name of names) expect(await world.reconcile(name)).toBeUndefined();
    expect(world.delivered).toBe(MAX_DELIVERIES);
    expect([world.reconciler.delivering, world.reconciler.waiting]).toEqual([MAX_DELIVERIES, 2]);
    expect(world.enqueued).toEqual([]);
    ends[0]?.();
    await world.clock.advance(10);
    const late = keyOfSignal(`s${MAX_DELIVERIES}`);
    expect(world.enqueued).toEqual([
      { key: keyOfSignal('s0'), delayMs: 50 },
      { key: late, delayMs: 0 },
    ]);
    await world.reconcile(`s${MAX_DELIVERIES}`);
    expect(world.delivered).toBe(MAX_DELIVERIES + 1);
    expect(world.enqueued).toHaveLength(2);
  });

  it('passes the turn of a signal that is gone on to the next', async () => {
    const world = new World();
    const ends: (() => void)[] = [];
    world.deliver = () => new Promise((resolve) => ends.push(() => resolve(undefined)));
    const names = Array.from({ length: MAX_DELIVERIES + 2 }, (_, index) => `s${index}`);
    for (const name of names) world.create(name);
    for (const name of names) await world.reconcile(name);
    world.stored.delete(`s${MAX_DELIVERIES}`);
    ends[0]?.();
    await world.clock.advance(10);
    await world.reconcile(`s${MAX_DELIVERIES}`);
    expect(world.enqueued.at(-1)).toEqual({ key: keyOfSignal(`s${MAX_DELIVERIES + 1}`), delayMs: 0 });
  });

  it('delivers nothing under a claim that was written too late to lead', async () => {
    const world = new World();
    world.create('s');
    const reconciled = world.reconcile('s');
    world.leadership.isLeading = false;
    await reconciled;
    expect(world.delivered).toBe(0);
    expect(world.status('s')).toMatchObject({ phase: 'Delivering' });
  });

  it('breaks off at once and writes nothing when it lost the term', async () => {
    const world = new World();
    world.create('s');
    world.deliver = () => new Promise(() => undefined);
    await world.reconcile('s');
    world.leadership.isLeading = false;
    await world.reconciler.endTerm();
    expect(world.patches).toHaveLength(1);
    expect(world.status('s')).toMatchObject({ phase: 'Delivering' });
  });

  it('writes no end once its lease has ended by the clock, though nobody has told it yet', async () => {
    const world = new World();
    world.create('s');
    world.deliver = () => new Promise((resolve) => void world.clock.after(1000, () => resolve(undefined)));
    await world.reconcile('s');
    world.leadership.isLeading = false;
    await world.clock.advance(1000);
    expect(world.delivered).toBe(1);
    expect(world.patches).toHaveLength(1);
    expect(world.status('s')).toMatchObject({ phase: 'Delivering' });
  });

  it('lets a delivery end when it is asked to stop while it leads, and claims nothing more', async () => {
    const world = new World();
    world.create('s');
    world.create('later');
    world.deliver = () => new Promise((resolve) => void world.clock.after(1000, () => resolve(undefined)));
    await world.reconcile('s');
    const ended = world.reconciler.endTerm();
    await world.reconcile('later');
    await world.clock.advance(1000);
    await ended;
    expect(world.status('s')).toMatchObject({ phase: 'Delivered' });
    expect(world.status('later')).toBeUndefined();
    expect(world.clock.pending).toBe(0);
  });

  it('does not wait longer than 5 s for it', async () => {
    const world = new World();
    world.create('s');
    world.deliver = () => new Promise(() => undefined);
    await world.reconcile('s');
    const ended = world.reconciler.endTerm();
    await world.clock.advance(5000);
    await ended;
    expect(world.status('s')).toMatchObject({ phase: 'Delivering' });
  });

  it('ends a signal although its handler failed with a book', async () => {
    const world = new World();
    world.create('s');
    world.deliver = () => Promise.reject(new TinyError('Permanent', 'alpha.LONG', 'x'.repeat(1_000_000)));
    await world.reconcile('s');
    await world.clock.advance(10);
    expect(world.status('s')?.message).toHaveLength(4096);
    expect(world.status('s')?.conditions?.[0]?.message).toHaveLength(4096);
  });
});
