import { type DetachOptions, NO_REPLY, type NodeHandle, TinyError } from '@tinysystems/core';
import {
  BACKGROUND_DEADLINE_MS,
  DRAIN_TIMEOUT_MS,
  type EngineMetrics,
  MAX_DETACHED,
  NO_METRICS,
} from '@tinysystems/engine';
import { Flow, Gate, type TestComponent, node, outcomes } from '../flow.ts';
import { turn } from '../turn.ts';

/** Detaches each message to `out` and answers when `detach` resolves. */
function detaching(options: (self: NodeHandle) => DetachOptions = () => ({})): TestComponent {
  return {
    handle: async (data, scope, self) => {
      await self.detach('out', data, { scope, ...options(self) });
      return NO_REPLY;
    },
  };
}

const hanging: TestComponent = { handle: () => new Promise(() => undefined) };
const failing: TestComponent = {
  handle: () => {
    throw new TinyError('Permanent', 'mine.BROKEN', 'broken');
  },
};

describe('a detached emission', () => {
  it('does not make its sender wait', async () => {
    await using flow = new Flow({ detaching: detaching(), hanging });
    await flow.apply(node('a', 'detaching', { edges: [{ to: 'b' }] }), node('b', 'hanging'));
    await expect(flow.signal('a')).resolves.toBeUndefined();
  });

  it.each([
    ['a hundred', {}, MAX_DETACHED],
    ['as many as it was told', { maxConcurrent: 3 }, 3],
  ])('makes its sender wait beyond %s at once', async (_case, options, most) => {
    const gate = new Gate();
    await using flow = new Flow({
      detaching: detaching(() => options),
      wait: { handle: async () => (await gate.opened, NO_REPLY) },
    });
    await flow.apply(
      node('a', 'detaching', { concurrency: { max: 500, queue: 0 }, edges: [{ to: 'b' }] }),
      node('b', 'wait', { concurrency: { max: 500, queue: 0 } }),
    );
    await Promise.all(Array.from({ length: most }, () => flow.signal('a')));
    let isDone = false;
    const next = flow.signal('a').then(() => (isDone = true));
    await turn();
    expect(isDone).toBe(false);
    gate.open();
    await next;
  });

  it('leaves the slot of its node to others, also while its sender waits', async () => {
    const gate = new Gate();
    await using flow = new Flow({
      detaching: detaching(() => ({ maxConcurrent: 1 })),
      wait: { handle: async () => (await gate.opened, NO_REPLY) },
    });
    await flow.apply(
      node('a', 'detaching', { concurrency: { max: 1, queue: 0 }, edges: [{ to: 'b' }] }),
      node('b', 'wait'),
    );
    await flow.signal('a');
    const waiting = [flow.signal('a'), flow.signal('a')];
    await turn();
    gate.open();
    expect(await outcomes(waiting)).toEqual(['ok', 'ok']);
  });

  it('continues trace and depth of its message on a deadline of its own, and gives its slot back', async () => {
    const seen: unknown[] = [];
    const trace = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 0 };
    await using flow = new Flow(
      { detaching: detaching() },
      {
        remote: async ({ depth, trace: carried, deadlineMs, passed }) =>
          void seen.push({ depth, carried, leftMs: deadlineMs - flow.clock.now(), passed }),
      },
    );
    await flow.apply(node('a', 'detaching', { edges: [{ to: 'remote' }] }));
    await flow.signal('a', {}, { depth: 7, trace, timeoutMs: 10 });
    expect(seen).toEqual([
      {
        depth: 8,
        carried: expect.objectContaining({ traceId: trace.traceId, traceFlags: 0 }) as unknown,
        leftMs: BACKGROUND_DEADLINE_MS,
        passed: { node: 'a', before: undefined },
      },
    ]);
  });

  it('ends a cycle at the depth limit all the same', async () => {
    await using flow = new Flow({ detaching: detaching() });
    await flow.apply(node('a', 'detaching', { edges: [{ to: 'a' }] }));
    await flow.signal('a');
    for (let i = 0; i < 300 && flow.warnings.length === 0; i += 1) await turn();
    expect(flow.warnings).toEqual([expect.stringContaining('a message made 256 hops')]);
  });

  it('counts its failures, and warns once a minute', async () => {
    const counted: string[] = [];
    const metrics: EngineMetrics = {
      node: (labels, gauges) => ({
        ...NO_METRICS.node(labels, gauges),
        detachedFailed: (kind) => void counted.push(`${JSON.stringify(labels)} ${kind}`),
      }),
    };
    await using flow = new Flow({ detaching: detaching(), failing }, { metrics });
    await flow.apply(node('a', 'detaching', { edges: [{ to: 'b' }] }), node('b', 'failing'));
    await Promise.all([flow.signal('a'), flow.signal('a')]);
    await flow.clock.advance(60_000);
    await flow.signal('a');
    await turn();
    expect(counted).toEqual(Array(3).fill('{"node":"a","component":"detaching"} Permanent'));
    expect(flow.warnings).toEqual(
      Array(2).fill('a EmissionFailed: a message that nobody waits for failed: broken'),
    );
  });

  it('gives its failure to whoever asked for it, and survives that failing too', async () => {
    const failures: string[] = [];
    const onFailure = (error: TinyError) => {
      failures.push(error.code);
      throw new Error('and the handler of failures fails');
    };
    await using flow = new Flow({ detaching: detaching(() => ({ onFailure })), failing });
    await flow.apply(node('a', 'detaching', { edges: [{ to: 'b' }] }), node('b', 'failing'));
    await flow.signal('a');
    await turn();
    expect([failures, flow.warnings]).toEqual([['mine.BROKEN'], []]);
    expect(flow.logged).toContain('a component failed to take a failed emission');
  });

  it.each<[string, (flow: Flow) => Promise<void>]>([
    ['its node ends', (flow) => flow.scheduler.remove('a', 'released')],
    ['the replica stops', (flow) => flow.scheduler.stop()],
  ])('is waited for when %s, and gets where it should', async (_what, end) => {
    const gate = new Gate();
    const arrived: unknown[] = [];
    await using flow = new Flow(
      { detaching: detaching() },
      { remote: async ({ data }) => (await gate.opened, void arrived.push(data)) },
    );
    await flow.apply(node('a', 'detaching', { edges: [{ to: 'remote' }] }));
    await flow.signal('a', { n: 1 });
    let isEnded = false;
    const ended = end(flow).then(() => (isEnded = true));
    await turn();
    expect([isEnded, arrived]).toEqual([false, []]);
    gate.open();
    await ended;
    expect([arrived, flow.warnings]).toEqual([[{ n: 1 }], []]);
  });

  it('is ended when its node does not wait any longer', async () => {
    const failures: string[] = [];
    await using flow = new Flow({
      detaching: detaching(() => ({ onFailure: (error) => void failures.push(error.code) })),
      hanging,
    });
    await flow.apply(node('a', 'detaching', { edges: [{ to: 'b' }] }), node('b', 'hanging'));
    await flow.signal('a');
    const removed = flow.scheduler.remove('a', 'released');
    await flow.clock.advance(DRAIN_TIMEOUT_MS);
    await removed;
    await turn();
    expect(failures).toEqual(['NODE_REMOVED']);
  });
});
