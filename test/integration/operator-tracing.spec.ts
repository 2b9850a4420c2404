import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { component, input, output, reply, z } from '@tinysystems/sdk';
import { TestCluster } from '@tinysystems/testing';

const pass = component({
  name: 'pass',
  description: 'Passes on.',
  ports: { in: input(z.unknown()), out: output(z.unknown()) },
  on: { in: (message, ctx) => ctx.emit('out', message as object) },
});
const end = component({
  name: 'end',
  description: 'Answers.',
  ports: { in: input(z.unknown()) },
  on: { in: () => reply({ done: true }) },
});

function createTracing() {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  return {
    exporter,
    tracing: { tracer: provider.getTracer('test'), [Symbol.asyncDispose]: () => provider.shutdown() },
  };
}

describe('the trace of a signal', () => {
  it('goes on through the next module: one span for each handled message, each the child of the one before', async () => {
    await using cluster = await TestCluster.start();
    const [alpha, beta] = [createTracing(), createTracing()];
    await cluster.startModule('alpha', [pass], { tracing: alpha.tracing });
    await cluster.startModule('beta', [end], { tracing: beta.tracing });
    const labels = { 'tinysystems.io/flow-name': 'f', 'tinysystems.io/project-name': 'p' };
    const edge = { id: 'over', port: 'out', to: 'b', toPort: 'in' };
    await cluster.createNode('a', { module: 'alpha', component: 'pass', edges: [edge] }, labels);
    await cluster.createNode('b', { module: 'beta', component: 'end' }, labels);
    await cluster.ready('a', 'b');
    await cluster.createSignal('go', { node: 'a', port: 'in' });
    const { status } = await cluster.ended('go');

    const [first, ...more] = alpha.exporter.getFinishedSpans().filter(({ name }) => name === 'pass in');
    const [second] = beta.exporter.getFinishedSpans();
    expect(more).toEqual([]);
    expect(first?.attributes).toMatchObject({ to: 'a:in', from: 'signal', flowID: 'f', projectID: 'p' });
    expect(second?.attributes).toMatchObject({ to: 'b:in', from: 'a:out', edgeID: 'over', 'tiny.depth': 1 });
    expect(second?.spanContext().traceId).toBe(status?.traceID);
    expect(second?.parentSpanContext?.spanId).toBe(first?.spanContext().spanId);
  });
});
