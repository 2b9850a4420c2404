import { getEventListeners } from 'node:events';
import { ByteBudget, replyWith } from '@tinysystems/core';
import { ComponentRegistry, NODE_READY_WAIT_MS, createRouter } from '@tinysystems/engine';
import { Flow, NO_TRACER, messageTo, node, outcomes, pass } from './flow.ts';
import { turn } from './turn.ts';

describe('Scheduler', () => {
  it('lets a message wait until its node is ready', async () => {
    await using flow = new Flow({ echo: {} });
    const call = flow.signal('a', 1);
    await turn();
    await flow.apply(node('a', 'echo'));
    await expect(call).resolves.toBe(1);
    expect(flow.clock.pending).toBe(0);
  });

  it('fails a message whose node is not ready in 30 s as transient', async () => {
    await using flow = new Flow({ echo: {} });
    const call = expect(flow.signal('a', 1, { timeoutMs: 60_000 })).rejects.toMatchObject({
      kind: 'Transient',
      code: 'NODE_NOT_READY',
    });
    await flow.clock.advance(NODE_READY_WAIT_MS);
    await call;
  });

  it('lets a message wait for its node no longer than the message may take', async () => {
    await using flow = new Flow({ echo: {} });
    const message = messageTo({ node: 'a', port: 'in' }, { deadlineMs: flow.clock.now() + 100 });
    const call = expect(flow.scheduler.deliver(message, new AbortController().signal)).rejects.toMatchObject({
      kind: 'Transient',
      code: 'NODE_NOT_READY',
    });
    await flow.clock.advance(100);
    await call;
    expect(flow.clock.pending).toBe(0);
  });

  it('forgets a waiting message when its caller gives up', async () => {
    await using flow = new Flow({ echo: {} });
    const abort = new AbortController();
    const call = flow.scheduler.deliver(messageTo({ node: 'a', port: 'in' }), abort.signal);
    await turn();
    abort.abort();
    await expect(call).rejects.toMatchObject({ kind: 'Cancelled' });
    expect([flow.clock.pending, getEventListeners(abort.signal, 'abort').length]).toEqual([0, 0]);
    await expect(
      flow.scheduler.deliver(messageTo({ node: 'a', port: 'in' }), AbortSignal.abort()),
    ).rejects.toMatchObject({ kind: 'Cancelled' });
  });

  it('charges to the budget what its nodes take in, and nothing that goes from one of them to another', async () => {
    const budget = new ByteBudget(100);
    const seen: number[] = [];
    await using flow = new Flow(
      {
        takes: {
          create: (handle) => ({
            handle: async (message) => {
              using charge = handle.charge();
              charge.add(60);
              return replyWith(await handle.request('ask', message));
            },
          }),
        },
        pass: { handle: pass },
        looks: { handle: () => (seen.push(budget.bytes), replyWith(1)) },
      },
      { budget },
    );
    await flow.apply(
      node('a', 'takes', { edges: [{ port: 'ask', to: 'b' }] }),
      node('b', 'pass', { edges: [{ to: 'c' }] }),
      node('c', 'looks'),
    );
    const large = { text: 'x'.repeat(1000) };
    expect(await outcomes([flow.signal('a', large), flow.signal('a', large)])).toEqual(['ok', 'QUEUE_FULL']);
    expect([seen, budget.bytes]).toEqual([[60], 0]);
  });

  it('bounds how many messages wait for nodes', async () => {
    await using flow = new Flow({ echo: {} });
    const { signal } = new AbortController();
    const waiting = Array.from({ length: 10_000 }, () =>
      flow.scheduler.deliver(messageTo({ node: 'a', port: 'in' }), signal),
    );
    await expect(flow.scheduler.deliver(messageTo({ node: 'b', port: 'in' }), signal)).rejects.toMatchObject({
      kind: 'Overloaded',
      code: 'QUEUE_FULL',
    });
    await flow.apply(node('a', 'echo', { concurrency: { max: 10_000, queue: 0 } }));
    await Promise.all(waiting);
  });

  it('applies the specs of a new node in the order they came, also while it leads', async () => {
    await using flow = new Flow({ first: {}, last: {} });
    await flow.scheduler.lead(true);
    await Promise.all([flow.apply(node('a', 'first')), flow.apply(node('a', 'last', { run: false }))]);
    expect(flow.report('a').isRunning).toBe(false);
  });

  it('refuses a message that has come too far, wherever it came from', async () => {
    await using flow = new Flow({ echo: {} });
    await flow.apply(node('a', 'echo'));
    await expect(flow.signal('a', 1, { depth: 256 })).resolves.toBe(1);
    await expect(flow.signal('a', 1, { depth: 257 })).rejects.toMatchObject({ code: 'DEPTH_EXCEEDED' });
  });
});

describe('createRouter', () => {
  const to = (name: string) =>
    messageTo({ node: name, port: 'in' }, { from: { node: 'x', port: 'out' }, edgeId: 'e' });
  const router = (modules: Record<string, string>, appears?: string) =>
    createRouter({
      moduleName: 'Own_Module',
      directory: { moduleOf: (name) => modules[name], whenKnown: async () => appears },
      tracer: NO_TRACER,
      local: async () => 'local',
      remote: async (module) => `over the wire to ${module}`,
    });
  const { signal } = new AbortController();

  it('keeps messages of the own module in the process and sends the others out', async () => {
    const route = router({ a: 'own-module', b: 'other' });
    expect([await route(to('a'), signal), await route(to('b'), signal)]).toEqual([
      'local',
      'over the wire to other',
    ]);
  });

  it('waits for a node that no cache knows yet', async () => {
    await expect(router({}, 'other')(to('c'), signal)).resolves.toBe('over the wire to other');
  });

  it('fails when the node does not appear, naming the edge', async () => {
    await expect(router({})(to('c'), signal)).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'NODE_UNKNOWN',
      message: 'there is no TinyNode c, where edge e of x leads',
    });
  });
});

describe('ComponentRegistry', () => {
  const component = (name: string) => ({
    name,
    description: '',
    info: '',
    tags: [],
    settings: undefined,
    control: undefined,
    ports: () => [],
    create: () => ({ handle: () => replyWith(1) }),
  });

  it('lists its components by name', () => {
    expect(new ComponentRegistry([component('b'), component('a')]).list().map(({ name }) => name)).toEqual([
      'a',
      'b',
    ]);
  });

  it('refuses a component without a name, and a name that is taken', () => {
    expect(() => new ComponentRegistry([component('')])).toThrow('a component has no name');
    expect(() => new ComponentRegistry([component('a'), component('a')])).toThrow(
      'two components are called a',
    );
  });

  it('makes the default ports of a component once, and none where settings are required', () => {
    let made = 0;
    const ports = (settings: unknown) =>
      ((made += 1), [{ name: (settings as { name: string }).name.trim() }]) as never;
    const required = {
      ...component('r'),
      settings: { properties: { name: { type: 'string' } }, required: ['name'] },
      ports,
    };
    const defaulted = {
      ...component('d'),
      settings: { properties: { name: { type: 'string', default: 'x' } } },
      ports,
    };
    const registry = new ComponentRegistry([required, defaulted]);
    expect([
      registry.defaultPorts('d'),
      registry.defaultPorts('d'),
      registry.defaultPorts('r'),
      registry.defaultPorts('?'),
    ]).toEqual([[{ name: 'x' }], [{ name: 'x' }], [], []]);
    expect(made).toBe(2);
  });
});
