import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { TinyError } from '@tinysystems/core';
import { ATTRIBUTES } from '@tinysystems/engine';
import { Flow, edge, node, pass, type TestComponent } from './flow.ts';

const busy: TestComponent = {
  handle: () => {
    throw new TinyError('Overloaded', 'mine.BUSY', 'busy');
  },
};

function recorder() {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const spans = () => exporter.getFinishedSpans();
  return {
    tracer: provider.getTracer('test'),
    spans,
    span: (name: string) => spans().find((span) => span.name === name),
  };
}

describe('spans', () => {
  it('are one for each handled message, with where it came from and went', async () => {
    const { tracer, spans, span } = recorder();
    await using flow = new Flow({ pass: { handle: pass }, echo: {} }, { tracer });
    await flow.apply(
      node('a', 'pass', { edges: [edge({ id: 'e', to: 'b' })] }),
      node('b', 'echo', { flow: undefined }),
    );
    await flow.signal('a');
    expect(spans()).toHaveLength(2);
    expect(span('pass in')?.attributes).toEqual({
      [ATTRIBUTES.to]: 'a:in',
      [ATTRIBUTES.from]: 'signal',
      [ATTRIBUTES.depth]: 0,
      [ATTRIBUTES.flow]: 'flow',
      [ATTRIBUTES.project]: 'project',
    });
    expect(span('echo in')?.attributes).toEqual({
      [ATTRIBUTES.to]: 'b:in',
      [ATTRIBUTES.from]: 'a:out',
      [ATTRIBUTES.edge]: 'e',
      [ATTRIBUTES.depth]: 1,
      [ATTRIBUTES.project]: 'project',
    });
  });

  it('are children of the hop before, in the trace that the message brought', async () => {
    const { tracer, span } = recorder();
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
    await using flow = new Flow({ pass: { handle: pass }, echo: {} }, { tracer });
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b' }] }), node('b', 'echo'));
    await flow.signal('a', {}, { trace });
    const [first, second] = [span('pass in'), span('echo in')];
    expect([first?.spanContext().traceId, second?.spanContext().traceId]).toEqual([
      trace.traceId,
      trace.traceId,
    ]);
    expect([first?.parentSpanContext?.spanId, second?.parentSpanContext?.spanId]).toEqual([
      trace.spanId,
      first?.spanContext().spanId,
    ]);
  });

  it('are not made for a trace that is not sampled, which goes on all the same', async () => {
    const { tracer, spans } = recorder();
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0 };
    const seen: unknown[] = [];
    await using flow = new Flow(
      { pass: { handle: pass } },
      { tracer, remote: async (message) => void seen.push(message.trace) },
    );
    await flow.apply(node('a', 'pass', { edges: [{ to: 'remote' }] }));
    await flow.signal('a', {}, { trace });
    expect([spans().length, seen]).toEqual([0, [trace]]);
  });

  it('record the failure of their message', async () => {
    const { tracer, span } = recorder();
    await using flow = new Flow({ busy }, { tracer });
    await flow.apply(node('a', 'busy'));
    await flow.signal('a').catch(() => undefined);
    expect(span('busy in')).toMatchObject({
      attributes: { [ATTRIBUTES.errorCode]: 'mine.BUSY', [ATTRIBUTES.errorKind]: 'Overloaded' },
      status: { code: 2, message: 'busy' },
      events: [{ name: 'exception' }],
    });
  });

  it('do not blame a node for a call that was cancelled', async () => {
    const { tracer, span } = recorder();
    await using flow = new Flow(
      {
        gone: {
          handle: () => {
            throw new TinyError('Cancelled', 'CANCELLED', 'the caller left');
          },
        },
      },
      { tracer },
    );
    await flow.apply(node('a', 'gone'));
    await flow.signal('a').catch(() => undefined);
    expect(span('gone in')).toMatchObject({
      attributes: { [ATTRIBUTES.errorKind]: 'Cancelled' },
      status: { code: 0 },
      events: [],
    });
  });
});

describe('the meter of a port', () => {
  it('counts each handled message with how it ended', async () => {
    const counted: unknown[] = [];
    const metrics = {
      port: ({ node: name, component, port }: { node: string; component: string; port: string }) => ({
        handled: (durationMs: number, failure: string | undefined) =>
          void counted.push([name, component, port, durationMs >= 0, failure]),
      }),
      detachedFailed: () => undefined,
    };
    await using flow = new Flow({ echo: {}, busy }, { metrics });
    await flow.apply(node('a', 'echo'), node('b', 'busy'));
    await flow.signal('a');
    await flow.signal('b').catch(() => undefined);
    expect(counted).toEqual([
      ['a', 'echo', 'in', true, undefined],
      ['b', 'busy', 'in', true, 'Overloaded'],
    ]);
  });
});
