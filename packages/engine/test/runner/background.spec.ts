import type { Background, NodeHandle } from '@tinysystems/core';
import { END_TIMEOUT_MS } from '@tinysystems/engine';
import { Flow, type TestComponent, node } from '../flow.ts';
import { turn } from '../turn.ts';

/** Background work that a test looks at: each run ends with its signal, unless told to fail or return. */
class Work {
  readonly signals: AbortSignal[] = [];
  readonly #ends: PromiseWithResolvers<void>[] = [];
  readonly #placement: Background['placement'];

  constructor(placement: Background['placement']) {
    this.#placement = placement;
  }

  get component(): TestComponent {
    const run = (signal: AbortSignal) => {
      const end = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => end.resolve());
      this.signals.push(signal);
      this.#ends.push(end);
      return end.promise;
    };
    return {
      settings: { properties: { n: { type: 'integer' } } },
      create: () => ({ background: { placement: this.#placement, run } }),
    };
  }

  get running(): number {
    return this.signals.filter((signal) => !signal.aborted).length;
  }

  fail(): void {
    this.#ends.at(-1)?.reject(new Error('connection lost'));
  }

  finish(): void {
    this.#ends.at(-1)?.resolve();
  }
}

describe('background work', () => {
  it('for every replica runs as soon as the node is ready, and ends with it', async () => {
    const work = new Work('everyReplica');
    await using flow = new Flow({ work: work.component });
    await flow.apply(node('a', 'work'));
    expect(work.running).toBe(1);
    await flow.scheduler.remove('a', 'released');
    expect([work.running, work.signals.length]).toEqual([0, 1]);
  });

  it.each<[string, (flow: Flow) => Promise<unknown>]>([
    ['is deleted', (flow) => flow.scheduler.remove('a', 'deleted')],
    ['is stopped', (flow) => flow.apply(node('a', 'work', { run: false }))],
    ['becomes another component', (flow) => flow.apply(node('a', 'echo'))],
    ['stops with its replica', (flow) => flow.scheduler.stop()],
  ])('ends when its node %s', async (_what, change) => {
    const work = new Work('leader');
    await using flow = new Flow({ work: work.component, echo: {} });
    await flow.scheduler.lead(true);
    await flow.apply(node('a', 'work'));
    await change(flow);
    expect([work.running, work.signals.length]).toEqual([0, 1]);
  });

  it('goes on when the message that came first has ended', async () => {
    const work = new Work('everyReplica');
    await using flow = new Flow({ work: work.component });
    await flow.apply(node('a', 'work'));
    await flow.signal('a', {}, { timeoutMs: 10 });
    await flow.clock.advance(10);
    expect([work.running, work.signals.length]).toEqual([1, 1]);
  });

  it('for the leader follows leadership', async () => {
    const work = new Work('leader');
    await using flow = new Flow({ work: work.component });
    await flow.apply(node('a', 'work'));
    expect(work.signals).toHaveLength(0);
    await flow.scheduler.lead(true);
    await flow.scheduler.lead(true);
    expect([work.running, work.signals.length]).toEqual([1, 1]);
    await flow.scheduler.lead(false);
    expect(work.running).toBe(0);
    await flow.scheduler.lead(true);
    expect([work.running, work.signals.length]).toEqual([1, 2]);
  });

  it('for the leader emits nothing once the lease has ended by the clock, though nobody has told it yet', async () => {
    let holdsLease = true;
    let emit = async (): Promise<unknown> => 'not created';
    const component = (placement: Background['placement']): TestComponent => ({
      create: (handle) => {
        emit = () => handle.emit('out', 1);
        return { background: { placement, run: () => new Promise<void>(() => undefined) } };
      },
    });
    const received: unknown[] = [];
    await using flow = new Flow(
      {
        leader: component('leader'),
        everyReplica: component('everyReplica'),
        sink: { handle: (message) => void received.push(message) as never },
      },
      { holdsLease: () => holdsLease },
    );
    await flow.apply(node('sink', 'sink'), node('a', 'leader', { edges: [{ to: 'sink' }] }));
    await flow.scheduler.lead(true);
    await emit();
    holdsLease = false;
    await expect(emit()).rejects.toMatchObject({ kind: 'Cancelled', code: 'CANCELLED' });
    expect(received).toHaveLength(1);

    await flow.apply(node('b', 'everyReplica', { edges: [{ to: 'sink' }] }));
    await emit();

    expect(received).toHaveLength(2);
  });

  it('has five minutes for a chain that it begins and gives no other time', async () => {
    const leftMs: number[] = [];
    let handle: NodeHandle | undefined;
    await using flow = new Flow(
      { begins: { create: (self) => ((handle = self), {}) } },
      { remote: async ({ deadlineMs }) => void leftMs.push(deadlineMs - flow.clock.now()) },
    );
    await flow.apply(node('a', 'begins', { edges: [{ to: 'remote' }] }));
    await handle?.emit('out', 1);
    await handle?.emit('out', 1, { timeoutMs: 7000 });
    expect(leftMs).toEqual([300_000, 7000]);
  });

  it('for the leader starts on nodes that come while it leads', async () => {
    const work = new Work('leader');
    await using flow = new Flow({ work: work.component });
    await flow.scheduler.lead(true);
    await flow.apply(node('a', 'work'));
    expect(work.running).toBe(1);
  });

  it('is told at once that leadership is lost, even while settings are being applied', async () => {
    const work = new Work('leader');
    const slow: TestComponent = {
      ...work.component,
      create: (self) => ({
        ...work.component.create?.(self),
        settings: (next) => ('n' in (next as object) ? new Promise(() => undefined) : undefined),
      }),
    };
    await using flow = new Flow({ work: slow });
    await flow.scheduler.lead(true);
    await flow.apply(node('a', 'work'));
    void flow.apply(node('a', 'work', { settings: { n: 1 } }));
    await turn();
    const lost = flow.scheduler.lead(false);
    expect(work.running).toBe(0);
    await flow.clock.advance(30_000);
    await lost;
  });

  it('starts again when leadership is lost and won in one breath', async () => {
    const work = new Work('leader');
    await using flow = new Flow({ work: work.component });
    await flow.scheduler.lead(true);
    await flow.apply(node('a', 'work'));
    await Promise.all([flow.scheduler.lead(false), flow.scheduler.lead(true)]);
    expect([work.running, work.signals.length]).toEqual([1, 2]);
  });

  it('does not start before settings were accepted', async () => {
    const work = new Work('leader');
    await using flow = new Flow({ work: work.component });
    await flow.apply(node('a', 'work', { settings: { n: 'x' } }));
    await flow.scheduler.lead(true);
    expect(work.signals).toHaveLength(0);
    await flow.apply(node('a', 'work', { settings: { n: 1 } }));
    expect(work.running).toBe(1);
  });

  it('starts again with new settings, and goes on through other changes', async () => {
    const work = new Work('everyReplica');
    await using flow = new Flow({ work: work.component });
    await flow.apply(node('a', 'work'), node('a', 'work', { edges: [{ to: 'b' }] }));
    expect(work.signals).toHaveLength(1);
    await flow.apply(node('a', 'work', { settings: { n: 2 } }));
    expect([work.running, work.signals.length]).toEqual([1, 2]);
  });

  it('starts again after a failure with back-off, and says so meanwhile', async () => {
    const work = new Work('everyReplica');
    await using flow = new Flow({ work: work.component });
    await flow.apply(node('a', 'work'));
    for (const delayMs of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      const before = work.signals.length;
      work.fail();
      await turn();
      expect(flow.report('a').backgroundProblem).toMatchObject({
        code: 'HANDLER_FAILED',
        message: 'connection lost',
      });
      await flow.clock.advance(delayMs - 1);
      expect(work.signals).toHaveLength(before);
      await flow.clock.advance(1);
      expect(work.signals).toHaveLength(before + 1);
    }
    expect(flow.report('a').backgroundProblem).toBeUndefined();
    expect(flow.changed.length).toBe(14);
  });

  it('begins its back-off anew when it ran for a minute', async () => {
    const work = new Work('everyReplica');
    await using flow = new Flow({ work: work.component });
    await flow.apply(node('a', 'work'));
    work.fail();
    await flow.clock.advance(1000);
    await flow.clock.advance(60_000);
    work.fail();
    await flow.clock.advance(1000);
    expect(work.signals).toHaveLength(3);
  });

  it('that returns is done', async () => {
    const work = new Work('everyReplica');
    await using flow = new Flow({ work: work.component });
    await flow.apply(node('a', 'work'));
    work.finish();
    await flow.clock.advance(60_000);
    expect([work.signals.length, flow.report('a').backgroundProblem]).toEqual([1, undefined]);
  });

  it('ends within its back-off when the node ends', async () => {
    const work = new Work('everyReplica');
    await using flow = new Flow({ work: work.component });
    await flow.apply(node('a', 'work'));
    work.fail();
    await turn();
    await flow.scheduler.remove('a', 'released');
    expect(flow.clock.pending).toBe(0);
  });

  it('that ignores its signal does not hold up the end of its node for ever', async () => {
    await using flow = new Flow({
      deaf: {
        create: () => ({
          background: { placement: 'everyReplica', run: () => new Promise(() => undefined) },
        }),
      },
    });
    await flow.apply(node('a', 'deaf'));
    const removed = flow.scheduler.remove('a', 'deleted');
    await flow.clock.advance(END_TIMEOUT_MS);
    await removed;
    expect(flow.logged).toContain('a node could not end as it should');
  });
});
