import { type Json, type JsonSchema, NO_REPLY } from '@tinysystems/core';
import { DRAIN_TIMEOUT_MS, END_TIMEOUT_MS, SETTINGS_TIMEOUT_MS } from '@tinysystems/engine';
import { Flow, Gate, PORTS, type TestComponent, node, pass, port } from '../flow.ts';
import { turn } from '../turn.ts';

const SETTINGS: JsonSchema = {
  properties: { greeting: { type: 'string', default: 'Hello' }, bad: { type: 'boolean' } },
};

/** Answers with the settings in force; refuses those that say `bad`. Writes down what happens to it. */
function witness(events: string[]): TestComponent {
  return {
    settings: SETTINGS,
    create: (self) => {
      let current: Json = null;
      events.push('created');
      return {
        settings: (next) => {
          events.push('settings');
          if ((next as { bad?: boolean }).bad === true) throw new Error('these are bad');
          current = next;
        },
        handle: () => current as never,
        released: () => void events.push(`released ${self.signal.aborted}`),
        deleted: () => void events.push(`deleted ${self.signal.aborted}`),
      };
    },
  };
}

describe('the settings of a node', () => {
  it('are decoded and in force before the first message', async () => {
    await using flow = new Flow({ witness: witness([]) });
    await flow.apply(node('a', 'witness'));
    await expect(flow.signal('a')).resolves.toEqual({ greeting: 'Hello' });
  });

  it('refuse messages with the reason when the first ones are rejected', async () => {
    await using flow = new Flow({ witness: witness([]) });
    await flow.apply(node('a', 'witness', { settings: { bad: true } }));
    await expect(flow.signal('a')).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'SETTINGS_REJECTED',
      message: expect.stringContaining('these are bad'),
    });
    expect(flow.report('a').settingsProblem).toBe('these are bad');
    expect(flow.report('a').ports.map(({ name }) => name)).toEqual(['_settings', 'ask', 'in', 'out']);
  });

  it('are not offered to the component when they do not fit its schema', async () => {
    const events: string[] = [];
    await using flow = new Flow({ witness: witness(events) });
    await flow.apply(node('a', 'witness', { settings: { greeting: 1 } }));
    expect(flow.report('a').settingsProblem).toBe('settings of component witness: greeting: must be string');
    expect(events).toEqual(['created']);
  });

  it('are remembered as rejected, and offered again only when they change', async () => {
    const events: string[] = [];
    await using flow = new Flow({ witness: witness(events) });
    await flow.apply(
      node('a', 'witness', { settings: { bad: true } }),
      node('a', 'witness', { settings: { bad: true }, generation: 2 }),
    );
    expect(events).toEqual(['created', 'settings']);
    await flow.apply(node('a', 'witness', { settings: { greeting: 'Hi' } }));
    await expect(flow.signal('a')).resolves.toEqual({ greeting: 'Hi' });
    expect(flow.report('a').settingsProblem).toBeUndefined();
  });

  it('keep the accepted ones in force when later ones are rejected, also across a change of edges', async () => {
    await using flow = new Flow({ witness: witness([]) });
    await flow.apply(
      node('a', 'witness', { settings: { greeting: 'Hi' } }),
      node('a', 'witness', { settings: { bad: true } }),
    );
    await flow.apply(node('a', 'witness', { settings: { bad: true }, edges: [{ to: 'b' }] }));
    await expect(flow.signal('a')).resolves.toEqual({ greeting: 'Hi' });
    expect(flow.report('a').settingsProblem).toBe('these are bad');
  });

  it('are rejected when the component does not answer in time', async () => {
    await using flow = new Flow({
      slow: { create: () => ({ settings: () => new Promise(() => undefined) }) },
    });
    const applied = flow.apply(node('a', 'slow'));
    await flow.clock.advance(SETTINGS_TIMEOUT_MS);
    await applied;
    expect(flow.report('a').settingsProblem).toContain('did not end within 30000 ms');
  });

  it('are rejected when the component has no ports under them', async () => {
    const ports = (settings: Json) =>
      (settings as { routes: string[] }).routes.map((name) => port(name, 'in'));
    await using flow = new Flow({
      routed: { settings: { properties: { routes: {} }, required: ['routes'] }, ports },
    });
    await flow.apply(node('a', 'routed', { settings: { routes: 1 } }));
    expect(flow.report('a').settingsProblem).toContain('not a function');
    await flow.apply(node('a', 'routed', { settings: { routes: ['x'] } }));
    expect(flow.report('a').ports.map(({ name, schema }) => [name, schema])).toEqual([
      ['_settings', undefined],
      ['x', {}],
    ]);
  });

  it('are published without what is secret', async () => {
    const settings: JsonSchema = {
      properties: { dsn: { type: 'string', secret: true }, size: { type: 'integer', default: 3 } },
    };
    await using flow = new Flow({ keeper: { settings } });
    await flow.apply(node('a', 'keeper', { settings: { dsn: 'x' } }));
    expect(flow.report('a').ports.find(({ name }) => name === '_settings')?.configuration).toEqual({
      dsn: '••••••',
      size: 3,
    });
  });
});

describe('a node', () => {
  it('whose component fails to start says so instead of a time-out', async () => {
    await using flow = new Flow({
      broken: {
        create: () => {
          throw new Error('no licence');
        },
      },
    });
    await flow.apply(node('a', 'broken'));
    await expect(flow.signal('a')).rejects.toMatchObject({
      code: 'SETTINGS_REJECTED',
      message: expect.stringContaining('no licence'),
    });
  });

  it('whose component failed to start works with another component under the same settings', async () => {
    const create = () => {
      throw new Error('no licence');
    };
    await using flow = new Flow({ broken: { create }, echo: {} });
    await flow.apply(node('a', 'broken'), node('a', 'echo'));
    await expect(flow.signal('a', 1)).resolves.toBe(1);
  });

  it('whose component failed to start tries again at the next look', async () => {
    let attempts = 0;
    const create = () => {
      attempts += 1;
      if (attempts === 1) throw new Error('not yet');
      return {};
    };
    await using flow = new Flow({ late: { create } });
    await flow.apply(node('a', 'late'), node('a', 'late'));
    await expect(flow.signal('a', 1)).resolves.toBe(1);
  });

  it('of an unknown component refuses messages, and works once the component is right', async () => {
    await using flow = new Flow({ witness: witness([]) });
    await flow.apply(node('a', 'nothing'));
    expect(flow.report('a').isComponentKnown).toBe(false);
    await expect(flow.signal('a')).rejects.toMatchObject({ kind: 'Permanent', code: 'COMPONENT_UNKNOWN' });
    await flow.apply(node('a', 'witness'));
    await expect(flow.signal('a')).resolves.toEqual({ greeting: 'Hello' });
  });

  it('that does not run is released, refuses messages, and comes back', async () => {
    const events: string[] = [];
    await using flow = new Flow({ witness: witness(events) });
    await flow.apply(node('a', 'witness'), node('a', 'witness', { run: false }));
    expect(events).toEqual(['created', 'settings', 'released true']);
    await expect(flow.signal('a')).rejects.toMatchObject({ kind: 'Permanent', code: 'NODE_STOPPED' });
    expect([flow.report('a').isRunning, flow.report('a').ports.length]).toEqual([false, PORTS.length + 1]);
    await flow.apply(node('a', 'witness'));
    await expect(flow.signal('a')).resolves.toEqual({ greeting: 'Hello' });
  });

  it('that was deleted and made again under its name is another instance', async () => {
    const events: string[] = [];
    await using flow = new Flow({ witness: witness(events) });
    await flow.apply(node('a', 'witness', { uid: '1' }), node('a', 'witness', { uid: '2' }));
    expect(events).toEqual(['created', 'settings', 'deleted true', 'created', 'settings']);
  });

  it('keeps its instance when only edges, ports or labels change', async () => {
    const events: string[] = [];
    await using flow = new Flow({ witness: witness(events) });
    await flow.apply(
      node('a', 'witness'),
      node('a', 'witness', { edges: [{ to: 'b' }], flow: 'other', ports: [{ name: 'in', schema: {} }] }),
    );
    expect(events).toEqual(['created', 'settings']);
  });

  it('goes on with the messages it has in work while its settings, edges, limits and labels change', async () => {
    const gate = new Gate();
    await using flow = new Flow({
      slow: {
        settings: SETTINGS,
        handle: async (_message, scope) => (await gate.opened, scope.emit('out', 1)),
      },
      hold: { handle: async () => (await gate.opened, 'held' as never) },
    });
    await flow.apply(node('a', 'slow', { edges: [{ to: 'b' }] }), node('b', 'hold'), node('c', 'hold'));
    const calls = [flow.signal('a'), flow.signal('b')];
    await turn();
    const edges = [{ to: 'b' }, { to: 'c' }];
    const changes = { settings: { greeting: 'Hi' }, flow: 'another', concurrency: { max: 1, queue: 8 } };
    await flow.apply(node('a', 'slow', { ...changes, edges }), node('b', 'hold', changes));
    gate.open();
    expect(await Promise.all(calls)).toEqual(['held', 'held']);
  });

  it('shows an instance the flow it belongs to now', async () => {
    await using flow = new Flow({
      flow: { handle: (_message, _scope, self) => (self.flow ?? null) as never },
    });
    await flow.apply(node('a', 'flow', { flow: 'one' }), node('a', 'flow', { flow: 'two' }));
    await expect(flow.signal('a')).resolves.toBe('two');
  });

  it.each([
    ['released', ['created', 'settings', 'released true']],
    ['deleted', ['created', 'settings', 'deleted true']],
  ] as const)('that is %s hears of it once', async (reason, expected) => {
    const events: string[] = [];
    await using flow = new Flow({ witness: witness(events) });
    await flow.apply(node('a', 'witness'));
    await flow.scheduler.remove('a', reason);
    await flow.scheduler.remove('a', reason);
    expect(events).toEqual(expected);
    expect(flow.scheduler.size).toBe(0);
  });

  it('that is applied while it ends lives on', async () => {
    const gate = new Gate();
    await using flow = new Flow({ slow: { create: () => ({ released: () => gate.opened }) } });
    await flow.apply(node('a', 'slow'));
    const removed = flow.scheduler.remove('a', 'released');
    const applied = flow.apply(node('a', 'slow'));
    gate.open();
    await Promise.all([removed, applied]);
    expect(flow.scheduler.size).toBe(1);
    await expect(flow.signal('a', 1)).resolves.toBe(1);
  });

  it('is made in one order: instance, settings, background, then messages', async () => {
    const steps: string[] = [];
    await using flow = new Flow({
      ordered: {
        settings: { type: 'object', properties: { n: { type: 'number' } } },
        handle: () => (steps.push('message'), NO_REPLY),
        create: (handle) => {
          steps.push(`instance with state ${typeof handle.state.get}`);
          return {
            settings: async () => (await turn(), void steps.push('settings')),
            background: { placement: 'everyReplica', run: async () => void steps.push('background') },
          };
        },
      },
    });
    const early = flow.signal('a');
    await turn();
    await flow.apply(node('a', 'ordered', { settings: { n: 1 } }));
    await early;
    expect(steps).toEqual(['instance with state function', 'settings', 'background', 'message']);
  });

  it('has its edges and its settings in force when its background work begins', async () => {
    const arrived: unknown[] = [];
    await using flow = new Flow({
      eager: {
        settings: SETTINGS,
        create: (handle) => {
          let current: Json = null;
          return {
            settings: (next) => void (current = next),
            background: {
              placement: 'everyReplica',
              run: async () => void (await handle.emit('out', current)),
            },
          };
        },
      },
      sink: { handle: (data) => (arrived.push(data), NO_REPLY) },
    });
    await flow.apply(node('b', 'sink'), node('a', 'eager', { edges: [{ to: 'b' }] }));
    await turn();
    expect([arrived, flow.report('a').backgroundProblem]).toEqual([[{ greeting: 'Hello' }], undefined]);
  });

  it('is released, not deleted, when its replica stops', async () => {
    const events: string[] = [];
    await using flow = new Flow({ witness: witness(events) });
    await flow.apply(node('a', 'witness'));
    await flow.scheduler.stop();
    expect(events).toEqual(['created', 'settings', 'released true']);
  });

  it('that is made again while it ends lets messages wait for the instance that comes', async () => {
    const gate = new Gate();
    let made = 0;
    await using flow = new Flow({
      slow: {
        create: () => {
          const instance = (made += 1);
          return { handle: async () => (await gate.opened, instance as never) };
        },
      },
    });
    await flow.apply(node('a', 'slow', { uid: 'first' }));
    const old = flow.signal('a');
    await turn();
    const removed = flow.scheduler.remove('a', 'deleted');
    await turn();
    await expect(flow.signal('a')).rejects.toMatchObject({ code: 'NODE_REMOVED' });
    const applied = flow.apply(node('a', 'slow', { uid: 'second' }));
    const fresh = flow.signal('a');
    gate.open();
    await Promise.all([removed, applied]);
    expect([await old, await fresh]).toEqual([1, 2]);
  });

  it('ends although its hook fails or never ends', async () => {
    await using flow = new Flow({
      fails: {
        create: () => ({
          released: () => {
            throw new Error('cannot');
          },
        }),
      },
      hangs: { create: () => ({ released: () => new Promise(() => undefined) }) },
    });
    await flow.apply(node('a', 'fails'), node('b', 'hangs'));
    const ended = Promise.all([
      flow.scheduler.remove('a', 'released'),
      flow.scheduler.remove('b', 'released'),
    ]);
    await flow.clock.advance(END_TIMEOUT_MS);
    await ended;
    expect(flow.logged).toEqual(['a node could not end as it should', 'a node could not end as it should']);
  });

  it('reports although its control view fails', async () => {
    await using flow = new Flow({
      blind: {
        control: {},
        create: () => ({
          view: () => {
            throw new Error('no view');
          },
        }),
      },
    });
    await flow.apply(node('a', 'blind'));
    expect(flow.report('a').ports.find(({ name }) => name === '_control')).toEqual({
      name: '_control',
      label: 'Control',
      position: 'top',
      source: false,
    });
    expect(flow.logged).toContain('a component failed to show its control view');
  });
});

describe('the end of a node', () => {
  it('lets the messages in work end, and refuses new ones', async () => {
    const gate = new Gate();
    await using flow = new Flow({
      wait: { handle: async (_message, scope) => (await gate.opened, scope.emit('out', 1)) },
    });
    await flow.apply(node('a', 'wait'));
    const inWork = flow.signal('a');
    await turn();
    const removed = flow.scheduler.remove('a', 'released');
    await turn();
    await expect(flow.signal('a')).rejects.toMatchObject({ kind: 'Transient', code: 'NODE_REMOVED' });
    gate.open();
    await expect(inWork).resolves.toBeUndefined();
    await removed;
  });

  it('lets a chain in that has passed the node: else the chain could not end', async () => {
    const gate = new Gate();
    await using flow = new Flow({
      first: {
        handle: async (data, scope) =>
          (data as { n: number }).n > 0 ? (data as never) : (await gate.opened, scope.emit('out', { n: 1 })),
      },
      pass: { handle: pass },
    });
    await flow.apply(
      node('a', 'first', { edges: [{ to: 'b' }] }),
      node('b', 'pass', { edges: [{ to: 'a' }] }),
    );
    const call = flow.signal('a', { n: 0 });
    await turn();
    const removed = flow.scheduler.remove('a', 'released');
    await turn();
    gate.open();
    await expect(call).resolves.toEqual({ n: 1 });
    await removed;
  });

  it('ends the signal of a handler that does not end in time, and refuses what waits for a slot', async () => {
    const signals: AbortSignal[] = [];
    await using flow = new Flow({
      wait: {
        handle: (_message, { signal }) => {
          signals.push(signal);
          return new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason as Error)),
          );
        },
      },
    });
    await flow.apply(node('a', 'wait', { concurrency: { max: 1, queue: 1 } }));
    const calls = [flow.signal('a'), flow.signal('a')].map((call) =>
      expect(call).rejects.toMatchObject({ code: 'NODE_REMOVED' }),
    );
    await turn();
    const removed = flow.scheduler.remove('a', 'released');
    await flow.clock.advance(DRAIN_TIMEOUT_MS - 1);
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
    await flow.clock.advance(1);
    await Promise.all([...calls, removed]);
    expect(signals).toHaveLength(1);
  });

  it('holds new messages back while a new component takes its place', async () => {
    const gate = new Gate();
    await using flow = new Flow({
      old: { create: () => ({ released: () => gate.opened }) },
      fresh: { handle: () => 'fresh' as never },
    });
    await flow.apply(node('a', 'old'));
    const applied = flow.apply(node('a', 'fresh'));
    await turn();
    const call = flow.signal('a');
    gate.open();
    await applied;
    await expect(call).resolves.toBe('fresh');
  });

  it('of the replica lets chains across nodes end before any node stops', async () => {
    const gate = new Gate();
    const flow = new Flow({
      wait: { handle: async (data, scope) => (await gate.opened, scope.emit('out', data)) },
      echo: {},
    });
    await flow.apply(node('a', 'wait', { edges: [{ to: 'b' }] }), node('b', 'echo'));
    const call = flow.signal('a', { n: 1 });
    await turn();
    const stopped = flow.scheduler.stop();
    await turn();
    gate.open();
    await expect(call).resolves.toEqual({ n: 1 });
    await stopped;
    await expect(flow.apply(node('c', 'echo'))).rejects.toMatchObject({ kind: 'Cancelled' });
    expect(flow.scheduler.size).toBe(0);
  });
});
