import { startTracing } from '@tinysystems/operator';
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

const createTracing = (module: string) => startTracing({ module, version: '0.1.0', pod: module, env: {} });

describe('the trace of a signal', () => {
  it('goes on through the next module: one span for each handled message, each the child of the one before', async () => {
    await using cluster = await TestCluster.start();
    await using alpha = createTracing('alpha');
    await using beta = createTracing('beta');
    await cluster.startModule('alpha', [pass], { tracing: alpha });
    await cluster.startModule('beta', [end], { tracing: beta });
    const labels = { 'tinysystems.io/flow-name': 'f', 'tinysystems.io/project-name': 'p' };
    const edge = { id: 'over', port: 'out', to: 'b', toPort: 'in' };
    await cluster.createNode('a', { module: 'alpha', component: 'pass', edges: [edge] }, labels);
    await cluster.createNode('b', { module: 'beta', component: 'end' }, labels);
    await cluster.ready('a', 'b');
    await cluster.createSignal('go', { node: 'a', port: 'in' });
    const { status } = await cluster.ended('go');

    const traceId = status?.traceID ?? 'none';
    const [first, root, ...more] = alpha.ring.spansOf(traceId).filter(({ kind }) => kind !== 'wait');
    const [second] = beta.ring.spansOf(traceId);
    expect(more).toEqual([]);
    expect(root).toMatchObject({ kind: 'chain', name: 'signal pass in', parentSpanId: undefined });
    expect(first?.parentSpanId).toBe(root?.spanId);
    expect(first?.attributes).toMatchObject({ to: 'a:in', from: 'signal', flowID: 'f', projectID: 'p' });
    expect(second?.attributes).toMatchObject({ to: 'b:in', from: 'a:out', edgeID: 'over', 'tiny.depth': 1 });
    expect(second?.parentSpanId).toBe(first?.spanId);
  });
});
