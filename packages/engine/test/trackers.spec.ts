import { type JsonSchema, TinyError } from '@tinysystems/core';
import { FakeClock } from '@tinysystems/core/testing';
import {
  ATTRIBUTES,
  MAX_TRACES,
  MAX_TRACKERS,
  type SpanRecord,
  Tracer,
  type TrackerSpec,
  Trackers,
} from '@tinysystems/engine';
import { Flow, type NodeDraft, type TestComponent, node, pass, port } from './flow.ts';

const OFF: NodeDraft = { tracing: { mode: 'off', ratio: undefined } };
const MINUTE = 60_000;
const trace = (traceId: string, traceFlags = 0) => ({ traceId, spanId: 'b'.repeat(16), traceFlags });
const traceId = (tail: string) => 'a'.repeat(32 - tail.length) + tail;
const busy: TestComponent = {
  handle: () => {
    throw new TinyError('Overloaded', 'mine.BUSY', `${'busy '.repeat(100)}`);
  },
};

function tracker(more: Partial<TrackerSpec> = {}): TrackerSpec {
  const all = { ports: undefined, payload: 'redacted', sample: 1, maxRecords: 100, isOpen: true } as const;
  return { name: 't', uid: 'u', untilMs: MINUTE, ...all, ...more };
}

class World {
  readonly spans: SpanRecord[] = [];
  readonly clock = new FakeClock(0);
  readonly tracer = new Tracer({
    sinks: [(span) => void this.spans.push(span)],
    clock: this.clock,
    random: Math.random,
  });

  get trackers() {
    return this.tracer.trackers;
  }

  get recorded() {
    return this.trackers.recorded(['u'])[0];
  }

  flow(components: Record<string, TestComponent>): Flow {
    return new Flow(components, { tracer: this.tracer });
  }
}

describe('a tracker', () => {
  it('records messages of a flow that is not traced, from the first node on that it matches', async () => {
    const world = new World();
    await using flow = world.flow({ pass: { handle: pass }, echo: {} });
    await flow.apply(
      node('a', 'pass', { ...OFF, edges: [{ to: 'b' }] }),
      node('b', 'pass', { ...OFF, edges: [{ to: 'c' }] }),
      node('c', 'echo'),
    );
    await flow.signal('a', {}, { trace: trace(traceId('1')) });
    expect(world.spans).toEqual([]);
    world.trackers.set(tracker({ node: 'b' }));
    await flow.signal('a', { n: 1 }, { trace: trace(traceId('2')) });
    // c is traced as usual, and its chain is recorded by now.
    expect(world.spans.map(({ attributes }) => attributes[ATTRIBUTES.to])).toEqual(['c:in', 'b:in']);
    expect(world.recorded).toMatchObject({
      recorded: 1,
      failed: 0,
      traces: [{ id: traceId('2'), hops: 1, error: '' }],
    });
  });

  it('of a flow, or of a project, looks at all its nodes, as they are labelled now', async () => {
    const world = new World();
    await using flow = world.flow({ echo: {} });
    await flow.apply(node('a', 'echo', { flow: 'f', project: 'p' }), node('b', 'echo', { flow: 'g' }));
    world.trackers.set(tracker({ name: 'f', uid: 'f', flow: 'f' }));
    world.trackers.set(tracker({ name: 'p', uid: 'p', project: 'p' }));
    const counts = () => world.trackers.recorded(['f', 'p']).map(({ recorded }) => recorded);
    await flow.signal('a');
    await flow.signal('b');
    expect(counts()).toEqual([1, 1]);
    await flow.apply(node('b', 'echo', { flow: 'f', project: undefined }));
    await flow.signal('b');
    expect(counts()).toEqual([2, 1]);
  });

  it('records only the ports it names', async () => {
    const world = new World();
    const ports = () => [port('in', 'in'), port('more', 'in')];
    await using flow = world.flow({ echo: { ports } });
    await flow.apply(node('a', 'echo'));
    world.trackers.set(tracker({ node: 'a', ports: new Set(['more']) }));
    await flow.signal('a');
    expect(world.recorded?.recorded).toBe(0);
    await flow.signal('a:more');
    expect(world.recorded?.recorded).toBe(1);
  });

  it('records the chains that a node starts by itself, unless it names ports', async () => {
    const world = new World();
    const starter: TestComponent = { handle: (_message, _scope, self) => self.emit('out', {}) };
    await using flow = world.flow({ starter, echo: {} });
    await flow.apply(node('a', 'starter', { ...OFF, edges: [{ to: 'b' }] }), node('b', 'echo', OFF));
    const kinds = async () => {
      world.spans.length = 0;
      await flow.signal('a');
      return world.spans.map(({ kind, attributes }) => [kind, attributes[ATTRIBUTES.from]]);
    };
    world.trackers.set(tracker({ node: 'a', ports: new Set(['in']) }));
    expect(await kinds()).toEqual([['message', 'signal']]);
    world.trackers.set(tracker({ node: 'a' }));
    expect(await kinds()).toEqual([
      ['chain', 'a:out'],
      ['message', 'signal'],
    ]);
    // Only messages count.
    expect(world.recorded?.recorded).toBe(2);
  });

  it('decides by the id of the trace which share it takes', async () => {
    const world = new World();
    await using flow = world.flow({ echo: {} });
    await flow.apply(node('a', 'echo', OFF));
    world.trackers.set(tracker({ node: 'a', sample: 0.5 }));
    for (const tail of ['00000000', '7fffffff', '80000000', 'ffffffff'])
      await flow.signal('a', {}, { trace: trace(traceId(tail)) });
    expect(world.recorded?.traces.map(({ id }) => id)).toEqual([traceId('00000000'), traceId('7fffffff')]);
  });

  it('stops after maxRecords, when it is closed, and when its time is over', async () => {
    const world = new World();
    await using flow = world.flow({ echo: {} });
    await flow.apply(node('a', 'echo', OFF));
    const send = async () => {
      await flow.signal('a');
      return world.recorded?.recorded;
    };
    world.trackers.set(tracker({ node: 'a', maxRecords: 1 }));
    expect([await send(), await send()]).toEqual([1, 1]);
    world.trackers.set(tracker({ node: 'a' }));
    expect(await send()).toBe(2);
    world.trackers.set(tracker({ node: 'a', isOpen: false }));
    expect(await send()).toBe(2);
    world.trackers.set(tracker({ node: 'a' }));
    await world.clock.advance(MINUTE - 1);
    expect(await send()).toBe(3);
    await world.clock.advance(1);
    expect(await send()).toBe(3);
    expect(world.spans).toHaveLength(3);
  });

  it('begins anew when it was made again under its name, and is forgotten when it is gone', async () => {
    const world = new World();
    await using flow = world.flow({ echo: {} });
    await flow.apply(node('a', 'echo', OFF));
    world.trackers.set(tracker({ node: 'a' }));
    await flow.signal('a');
    world.trackers.set(tracker({ node: 'a', uid: 'v' }));
    await flow.signal('a');
    expect(world.trackers.recorded(['u', 'v'])).toMatchObject([{ trackerUid: 'v', recorded: 1 }]);
    world.trackers.delete('t');
    await flow.signal('a');
    expect(world.trackers.recorded(['v'])).toEqual([]);
    expect(world.spans).toHaveLength(2);
  });

  it('keeps of a message what it was asked for; of several trackers the most curious counts', async () => {
    const world = new World();
    const pin: JsonSchema = { type: 'string', secret: true };
    const schema: JsonSchema = { type: 'object', properties: { pin }, additionalProperties: {} };
    await using flow = world.flow({ echo: { ports: () => [port('in', 'in', { schema })] } });
    await flow.apply(node('a', 'echo'));
    const shown = async () => {
      await flow.signal('a', { pin: '4711', password: 'x' });
      return world.spans.at(-1)?.attributes[ATTRIBUTES.data];
    };
    world.trackers.set(tracker({ node: 'a', payload: 'none' }));
    expect(await shown()).toBeUndefined();
    world.trackers.set(tracker({ name: 'r', uid: 'r', node: 'a', payload: 'redacted' }));
    expect(await shown()).toBe('{"pin":"••••••","password":"••••••"}');
    world.trackers.set(tracker({ name: 'f', uid: 'f', node: 'a', payload: 'full' }));
    expect(await shown()).toBe('{"pin":"••••••","password":"x"}');
  });

  it('remembers the last traces with their first error, and no more than it may', async () => {
    const world = new World();
    await using flow = world.flow({ busy });
    await flow.apply(node('a', 'busy', OFF));
    world.trackers.set(tracker({ node: 'a' }));
    for (let n = 0; n < MAX_TRACES + 5; n += 1) {
      const sent = flow.signal('a', {}, { trace: trace(traceId(`${100 + n}`)) });
      await expect(sent).rejects.toMatchObject({ code: 'mine.BUSY' });
    }
    expect(world.recorded).toMatchObject({ recorded: MAX_TRACES + 5, failed: MAX_TRACES + 5 });
    expect(world.recorded?.traces).toHaveLength(MAX_TRACES);
    expect(world.recorded?.traces[0]?.id).toBe(traceId('105'));
    expect(world.recorded?.traces[0]?.error).toMatch(/^mine\.BUSY: busy busy/);
    expect(world.recorded?.traces[0]?.error).toHaveLength(256);
  });

  it('hides in errors what was read from Secrets', () => {
    const mask = { text: (text: string) => text.replaceAll('hunter2', '••••••') };
    const trackers = new Trackers({ clock: new FakeClock(0), mask });
    trackers.set(tracker({ node: 'a' }));
    const failure = new TinyError('Permanent', 'HANDLER_FAILED', 'hunter2 is wrong');
    const found = trackers.of({ node: 'a', flow: undefined, project: undefined });
    found.record('in', { trace: trace(traceId('1')), startedMs: 0, durationMs: 1, failure });
    expect(trackers.recorded(['u'])[0]?.traces[0]?.error).toBe('HANDLER_FAILED: •••••• is wrong');
  });

  it('is refused when there are too many already, until one ends', () => {
    const { trackers } = new World();
    const named = (n: number) => tracker({ name: `t${n}`, uid: `u${n}`, node: 'a' });
    for (let n = 0; n < MAX_TRACKERS; n += 1) expect(trackers.set(named(n))).toBe(true);
    expect(trackers.set(named(MAX_TRACKERS))).toBe(false);
    expect(trackers.set(named(0))).toBe(true);
    trackers.delete('t0');
    expect(trackers.set(named(MAX_TRACKERS))).toBe(true);
  });
});
