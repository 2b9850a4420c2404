import { type JsonSchema, REDACTED, TinyError, type TraceContext } from '@tinysystems/core';
import { FakeClock } from '@tinysystems/core/testing';
import {
  ATTRIBUTES,
  CHAINS_AT_ONCE,
  FAILURES_AT_ONCE,
  FAILURE_PAYLOADS_AT_ONCE,
  type Handled,
  type SpanRecord,
  Tracer,
} from '@tinysystems/engine';
import { Flow, type NodeDraft, type TestComponent, edge, node, pass, port } from './flow.ts';

const busy: TestComponent = {
  handle: () => {
    throw new TinyError('Overloaded', 'mine.BUSY', 'busy');
  },
};
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const trace = (traceFlags: number) => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags });
const tracedAs = (mode: 'off' | 'errors' | 'sampled' | 'all', ratio?: number): NodeDraft => ({
  tracing: { mode, ratio },
});

function recorder() {
  const spans: SpanRecord[] = [];
  const sinks = [(span: SpanRecord) => void spans.push(span)];
  const clock = new FakeClock();
  const tracer = new Tracer({ sinks, clock, random: Math.random });
  return { tracer, clock, spans, span: (name: string) => spans.find((span) => span.name === name) };
}

describe('spans', () => {
  it('are one for each handled message, with where it came from and went, and what it was', async () => {
    const { tracer, spans, span } = recorder();
    await using flow = new Flow({ pass: { handle: pass }, echo: {} }, { tracer });
    await flow.apply(
      node('a', 'pass', { edges: [edge({ id: 'e', to: 'b' })] }),
      node('b', 'echo', { flow: undefined }),
    );
    await flow.signal('a', { n: 1 });
    expect(spans).toHaveLength(2);
    expect(span('pass in')?.attributes).toEqual({
      [ATTRIBUTES.component]: 'pass',
      [ATTRIBUTES.to]: 'a:in',
      [ATTRIBUTES.from]: 'signal',
      [ATTRIBUTES.depth]: 0,
      [ATTRIBUTES.flow]: 'flow',
      [ATTRIBUTES.project]: 'project',
      [ATTRIBUTES.data]: '{"n":1}',
      [ATTRIBUTES.reply]: '{"n":1}',
    });
    expect(span('echo in')).toMatchObject({
      kind: 'message',
      traceId: expect.stringMatching(TRACE_ID) as string,
      attributes: {
        [ATTRIBUTES.to]: 'b:in',
        [ATTRIBUTES.from]: 'a:out',
        [ATTRIBUTES.edge]: 'e',
        [ATTRIBUTES.depth]: 1,
      },
    });
  });

  it('are children of the hop before, in the trace that the message brought', async () => {
    const { tracer, span } = recorder();
    await using flow = new Flow({ pass: { handle: pass }, echo: {} }, { tracer });
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b' }] }), node('b', 'echo'));
    await flow.signal('a', {}, { trace: trace(1) });
    const [first, second] = [span('pass in'), span('echo in')];
    expect([first?.traceId, second?.traceId]).toEqual([trace(1).traceId, trace(1).traceId]);
    expect([first?.parentSpanId, second?.parentSpanId]).toEqual([trace(1).spanId, first?.spanId]);
  });

  it('are not made for a trace that is not sampled, which goes on all the same', async () => {
    const { tracer, spans } = recorder();
    const seen: (TraceContext | undefined)[] = [];
    await using flow = new Flow(
      { pass: { handle: pass } },
      { tracer, remote: async (message) => void seen.push(message.trace) },
    );
    await flow.apply(node('a', 'pass', { edges: [{ to: 'remote' }] }));
    await flow.signal('a', {}, { trace: trace(0) });
    expect([spans.length, seen[0]?.traceId, seen[0]?.traceFlags]).toEqual([0, trace(0).traceId, 0]);
  });

  it('say why their message failed', async () => {
    const { tracer, span } = recorder();
    await using flow = new Flow({ busy }, { tracer });
    await flow.apply(node('a', 'busy'));
    await expect(flow.signal('a')).rejects.toMatchObject({ code: 'mine.BUSY' });
    expect(span('busy in')?.error).toEqual({ kind: 'Overloaded', code: 'mine.BUSY', message: 'busy' });
  });

  it('hide of message and reply what the port calls secret, and cut what is long', async () => {
    const { tracer, span } = recorder();
    const schema: JsonSchema = { properties: { pin: { secret: true }, text: {} } };
    const secretive: TestComponent = { ports: () => [port('in', 'in', { schema })] };
    await using flow = new Flow({ secretive }, { tracer });
    await flow.apply(node('a', 'secretive'));
    await flow.signal('a', { pin: 'canary', text: 'x'.repeat(100_000) });
    for (const key of [ATTRIBUTES.data, ATTRIBUTES.reply]) {
      const text = String(span('secretive in')?.attributes[key]);
      expect(text.startsWith(`{"pin":"${REDACTED}","text":"xxx`)).toBe(true);
      expect(text).toMatch(/x… \(cut\)$/);
      expect(Buffer.byteLength(text)).toBeLessThan(16 * 1024 + 20);
    }
  });

  it('tell of a message that is no JSON instead of failing it', async () => {
    const { tracer, span } = recorder();
    const ring: Record<string, unknown> = {};
    ring['self'] = ring;
    await using flow = new Flow({ circular: { handle: () => ring as never } }, { tracer });
    await flow.apply(node('a', 'circular'));
    await expect(flow.signal('a')).resolves.toBe(ring);
    expect(span('circular in')?.attributes[ATTRIBUTES.reply]).toMatch(/^\(not JSON: /);
  });
});

describe('the chain that a node starts', () => {
  const starter: TestComponent = {
    create: (handle) => ({
      handle: async (_port, message) => {
        const traces: TraceContext[] = [];
        const options = {
          trace: (message as { trace?: TraceContext }).trace,
          onTrace: (started: TraceContext) => traces.push(started),
        };
        await handle.emit('out', { by: 'node' }, options).catch(() => undefined);
        return traces[0]?.traceId as never;
      },
    }),
  };

  it('has one trace across all its branches, known at once, with a span of its own above them', async () => {
    const { tracer, spans, span } = recorder();
    await using flow = new Flow({ starter, echo: {} }, { tracer });
    await flow.apply(node('a', 'starter', { edges: [{ to: 'b' }, { to: 'c' }] }));
    await flow.apply(node('b', 'echo'), node('c', 'echo'));
    const traceId = await flow.signal('a', {}, { trace: trace(0) });
    expect(traceId).toMatch(TRACE_ID);
    const root = span('starter out');
    expect(root).toMatchObject({ kind: 'chain', traceId, parentSpanId: undefined });
    expect(root?.attributes).toMatchObject({
      [ATTRIBUTES.from]: 'a:out',
      [ATTRIBUTES.data]: '{"by":"node"}',
    });
    const branches = spans.filter(({ name }) => name === 'echo in');
    expect(branches.map((branch) => branch.parentSpanId)).toEqual([root?.spanId, root?.spanId]);
    expect(new Set(spans.map((each) => each.traceId))).toEqual(new Set([traceId]));
  });

  it('goes on with the trace of a caller outside, recorded when that asks for it', async () => {
    const { tracer, span } = recorder();
    await using flow = new Flow({ starter, echo: {} }, { tracer });
    await flow.apply(node('a', 'starter', { edges: [{ to: 'b' }], ...tracedAs('errors') }));
    await flow.apply(node('b', 'echo', tracedAs('errors')));
    await flow.signal('a', { trace: { ...trace(1) } }, { trace: trace(0) });
    expect(span('starter out')).toMatchObject({ traceId: trace(1).traceId, parentSpanId: trace(1).spanId });
    expect(span('echo in')?.traceId).toBe(trace(1).traceId);
  });

  it('is recorded up to a burst where the flow says nothing, so that a busy node costs little', async () => {
    const { tracer, clock, spans } = recorder();
    await using flow = new Flow({ starter, echo: {} }, { tracer });
    await flow.apply(node('a', 'starter', { edges: [{ to: 'b' }] }), node('b', 'echo'));
    const chains = () => spans.filter(({ kind }) => kind === 'chain').length;
    for (let n = 0; n < CHAINS_AT_ONCE + 50; n += 1) await flow.signal('a', {}, { trace: trace(0) });
    expect(chains()).toBe(CHAINS_AT_ONCE);
    await clock.advance(1000);
    for (let n = 0; n < 50; n += 1) await flow.signal('a', {}, { trace: trace(0) });
    expect(chains()).toBe(CHAINS_AT_ONCE + 10);
  });

  it.each([
    ['all', undefined, 40],
    ['sampled', 1, 40],
    ['sampled', 0, 0],
    ['errors', undefined, 0],
    ['off', undefined, 0],
  ] as const)('is recorded as its flow says: %s %s', async (mode, ratio, wanted) => {
    const { tracer, spans } = recorder();
    await using flow = new Flow({ starter, echo: {} }, { tracer });
    await flow.apply(node('a', 'starter', { edges: [{ to: 'b' }], ...tracedAs(mode, ratio) }));
    await flow.apply(node('b', 'echo', tracedAs(mode, ratio)));
    for (let n = 0; n < 20; n += 1) await flow.signal('a', {}, { trace: trace(0) });
    expect(spans).toHaveLength(wanted);
  });
});

describe('the mode of a flow', () => {
  it('errors: records the hops that failed, up to the one that dealt with it, and no other', async () => {
    const { tracer, spans, span } = recorder();
    const deal: TestComponent = {
      handle: async (message, scope) => {
        await scope.emit('out', message).catch(() => undefined);
        return 'dealt with' as never;
      },
    };
    await using flow = new Flow({ deal, pass: { handle: pass }, busy, echo: {} }, { tracer });
    const errors = tracedAs('errors');
    await flow.apply(node('top', 'deal', { edges: [{ to: 'mid' }], ...errors }));
    await flow.apply(node('mid', 'pass', { edges: [{ to: 'good' }, { to: 'bad' }], ...errors }));
    await flow.apply(node('good', 'echo', errors), node('bad', 'busy', errors));
    await flow.signal('top', { n: 1 }, { trace: trace(0) });
    expect(spans.map(({ name }) => name)).toEqual(['busy in', 'pass in']);
    expect(span('busy in')).toMatchObject({
      traceId: trace(0).traceId,
      parentSpanId: span('pass in')?.spanId,
      attributes: { [ATTRIBUTES.data]: '{"n":1}' },
    });
  });

  it('errors: records at most so many, shows what some of them were, and counts the others', async () => {
    const { tracer, spans } = recorder();
    await using flow = new Flow({ busy }, { tracer });
    await flow.apply(node('a', 'busy', tracedAs('errors')));
    for (let n = 0; n < FAILURES_AT_ONCE + 7; n += 1)
      await expect(flow.signal('a', { n }, { trace: trace(0) })).rejects.toThrow();
    expect([spans.length, tracer.skippedFailures]).toEqual([FAILURES_AT_ONCE, 7]);
    expect(tracer.leftOutPayloads).toBe(FAILURES_AT_ONCE - FAILURE_PAYLOADS_AT_ONCE);
    const shown = spans.map(({ attributes }) => attributes[ATTRIBUTES.data]);
    expect(shown.slice(0, FAILURE_PAYLOADS_AT_ONCE)).toEqual(
      Array.from({ length: FAILURE_PAYLOADS_AT_ONCE }, (_, n) => `{"n":${n}}`),
    );
    expect(new Set(shown.slice(FAILURE_PAYLOADS_AT_ONCE))).toEqual(
      new Set(['(left out: too many messages failed at once)']),
    );
  });

  it('off: records nothing, whoever asks, and the trace goes on', async () => {
    const { tracer, spans } = recorder();
    const seen: (TraceContext | undefined)[] = [];
    await using flow = new Flow(
      { pass: { handle: pass } },
      { tracer, remote: async (message) => void seen.push(message.trace) },
    );
    await flow.apply(node('a', 'pass', { edges: [{ to: 'remote' }], ...tracedAs('off') }));
    await flow.signal('a', {}, { trace: trace(1) });
    expect([spans.length, seen[0]?.traceId, seen[0]?.traceFlags]).toEqual([0, trace(1).traceId, 1]);
  });

  it('does not call a cancelled message a failure', async () => {
    const { tracer, spans } = recorder();
    const gone: TestComponent = {
      handle: () => {
        throw new TinyError('Cancelled', 'CANCELLED', 'the caller left');
      },
    };
    await using flow = new Flow({ gone }, { tracer });
    await flow.apply(node('a', 'gone', tracedAs('errors')));
    await expect(flow.signal('a', {}, { trace: trace(0) })).rejects.toMatchObject({ kind: 'Cancelled' });
    expect(spans).toEqual([]);
  });
});

describe('a stage that waits', () => {
  it('has a span; one that did not wait has none', async () => {
    const { tracer, spans } = recorder();
    await using flow = new Flow({ echo: {} }, { tracer });
    const early = flow.signal('a', 1, { trace: trace(1) });
    await flow.apply(node('a', 'echo'));
    await early;
    await flow.signal('a', 2, { trace: trace(1) });
    expect(spans.map(({ name }) => name)).toEqual(['wait: node ready', 'echo in', 'echo in']);
    expect(spans[0]).toMatchObject({
      kind: 'wait',
      parentSpanId: trace(1).spanId,
      attributes: { [ATTRIBUTES.wait]: 'node ready', [ATTRIBUTES.to]: 'a:in' },
    });
  });

  it('has a span for a slot, and for each delay before another attempt', async () => {
    const { tracer, spans } = recorder();
    let failures = 1;
    const flaky: TestComponent = {
      handle: () => {
        if (failures-- > 0) throw new TinyError('Transient', 'mine.AGAIN', 'again');
        return 1 as never;
      },
    };
    const retry = { maxAttempts: 2, initialDelayMs: 100, maxDelayMs: 100, multiplier: 1, jitter: 0 };
    const turns: (() => void)[] = [];
    const slow: TestComponent = {
      handle: () => new Promise((resolve) => turns.push(() => resolve(1 as never))),
    };
    await using flow = new Flow({ pass: { handle: pass }, flaky, slow }, { tracer });
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b', retry }] }), node('b', 'flaky'));
    await flow.apply(node('c', 'slow', { concurrency: { max: 1, queue: 1 } }));
    const retried = flow.signal('a', {}, { trace: trace(1) });
    await flow.clock.advance(100);
    await retried;
    const [first, second] = [1, 2].map((n) => flow.signal('c', n, { trace: trace(1) }));
    turns.shift()?.();
    await first;
    await flow.clock.advance(0);
    turns.shift()?.();
    await second;
    expect(spans.map(({ name }) => name)).toEqual([
      'flaky in',
      'wait: retry',
      'flaky in',
      'pass in',
      'slow in',
      'wait: slot',
      'slow in',
    ]);
  });
});

describe('a message', () => {
  it('is not worth a line of the log, whether it is handled or fails', async () => {
    await using flow = new Flow({ pass: { handle: pass }, busy });
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b' }] }), node('b', 'busy'));
    for (let n = 0; n < 1000; n += 1)
      await expect(flow.signal('a')).rejects.toMatchObject({ code: 'mine.BUSY' });
    expect(flow.logged).toEqual([]);
  });
});

describe('who watches messages', () => {
  it('sees each that was handled, by reference, recorded or not, until it looks away', async () => {
    const { tracer, spans } = recorder();
    const seen: Handled[] = [];
    const leave = tracer.watch((handled) => void seen.push(handled));
    await using flow = new Flow({ echo: {} }, { tracer });
    await flow.apply(node('a', 'echo'));
    const data = { n: 1 };
    await flow.signal('a', data, { trace: trace(0) });
    leave();
    await flow.signal('a', data, { trace: trace(0) });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ message: { to: { node: 'a', port: 'in' } }, failure: undefined });
    expect([seen[0]?.data, seen[0]?.reply].every((value) => value === data)).toBe(true);
    expect(spans).toEqual([]);
  });

  it('cannot fail a message', async () => {
    const { tracer } = recorder();
    tracer.watch(() => {
      throw new Error('broken');
    });
    await using flow = new Flow({ echo: {} }, { tracer });
    await flow.apply(node('a', 'echo'));
    await expect(flow.signal('a', 1)).resolves.toBe(1);
  });
});
