import { startTracing } from '@tinysystems/operator';
import { component, input, output, reply, z } from '@tinysystems/sdk';
import { TestCluster, eventually } from '@tinysystems/testing';

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

describe('the tracing of a TinyFlow', () => {
  const labels = { 'tinysystems.io/flow-name': 'f' };
  const edge = { id: 'over', port: 'out', to: 'b', toPort: 'in' };

  it('holds for all modules as soon as it changes, without a restart of nodes; ids go on either way', async () => {
    await using cluster = await TestCluster.start();
    await using alpha = createTracing('alpha');
    await using beta = createTracing('beta');
    const seen: string[] = [];
    beta.tracer.watch(({ trace }) => void seen.push(trace.traceId));
    await cluster.startModule('alpha', [pass], { tracing: alpha });
    await cluster.startModule('beta', [end], { tracing: beta });
    await cluster.flows.create({ metadata: { name: 'f' }, spec: { tracing: { mode: 'off' } } });
    await cluster.createNode('a', { module: 'alpha', component: 'pass', edges: [edge] }, labels);
    await cluster.createNode('b', { module: 'beta', component: 'end' }, labels);
    await cluster.ready('a', 'b');
    let count = 0;
    const messages = async () => {
      const name = `go-${(count += 1)}`;
      await cluster.createSignal(name, { node: 'a', port: 'in' });
      const traceId = (await cluster.ended(name)).status?.traceID ?? 'none';
      expect(seen.at(-1)).toBe(traceId);
      const spans = [...alpha.ring.spansOf(traceId), ...beta.ring.spansOf(traceId)];
      return spans.filter(({ kind }) => kind === 'message').map(({ name: what }) => what);
    };
    expect(await messages()).toEqual([]);
    await cluster.flows.patch('f', { spec: { tracing: { mode: 'all' } } });
    await eventually(async () => expect(await messages()).toEqual(['pass in', 'end in']));
  });

  it('is refused when it makes no sense', async () => {
    await using cluster = await TestCluster.start();
    const create = (tracing: object) => cluster.flows.create({ metadata: { name: 'f' }, spec: { tracing } });
    await expect(create({ mode: 'errors', ratio: 0.5 })).rejects.toThrow('ratio needs mode sampled');
    await expect(create({ mode: 'some' })).rejects.toThrow(/mode/);
    await expect(create({ ratio: 1.5 })).rejects.toThrow(/ratio/);
    expect((await create({ ratio: 0.5 })).spec.tracing).toEqual({ mode: 'sampled', ratio: 0.5 });
  });
});

describe('a message to a module without a replica', () => {
  it('has a span of its wait', async () => {
    await using cluster = await TestCluster.start();
    await using alpha = createTracing('alpha');
    await cluster.startModule('alpha', [pass], { tracing: alpha });
    await cluster.modules.create({ metadata: { name: 'beta' }, spec: {} });
    const edge = { id: 'over', port: 'out', to: 'b', toPort: 'in' };
    await cluster.createNode('a', { module: 'alpha', component: 'pass', edges: [edge] });
    await cluster.createNode('b', { module: 'beta', component: 'end' });
    await cluster.createSignal('go', { node: 'a', port: 'in', timeoutSeconds: 3 });
    const { status } = await cluster.ended('go');
    expect(status?.phase).toBe('Failed');
    const spans = alpha.ring.spansOf(status?.traceID ?? 'none');
    expect(spans.find(({ kind }) => kind === 'wait')).toMatchObject({
      name: 'wait: module reachable',
      attributes: { to: 'b:in', from: 'a:out', edgeID: 'over' },
    });
  });
});
