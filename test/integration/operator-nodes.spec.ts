import { findCondition } from '@tinysystems/api';
import { EVENT } from '@tinysystems/kubernetes';
import { component, done, input, output, reply, statefulComponent, z } from '@tinysystems/sdk';
import { TestCluster, eventually } from '@tinysystems/testing';

const greeter = component({
  name: 'greeter',
  description: 'Greets.',
  settings: z.object({ greeting: z.string().min(1).default('Hello') }),
  ports: { in: input(z.object({ name: z.string() })), out: output(z.object({ text: z.string() })) },
  on: { in: (message, ctx) => ctx.emit('out', { text: `${ctx.settings.greeting}, ${message.name}` }) },
});

/** Remembers what it was sent, in this process. */
function createSink() {
  const received: unknown[] = [];
  const sink = component({
    name: 'sink',
    description: 'Keeps what it gets.',
    ports: { in: input(z.unknown()) },
    on: {
      in: (message) => {
        received.push(message);
        return reply({ taken: received.length });
      },
    },
  });
  return { sink, received };
}

const conditionOf = async (cluster: TestCluster, node: string, type: string) => {
  const { status } = await cluster.nodes.get(node);
  return findCondition(status?.conditions, type);
};

describe('a module in a namespace', () => {
  it('registers itself with address, version, components and its replica', async () => {
    await using cluster = await TestCluster.start();
    const module = await cluster.startModule('alpha', [greeter]);
    const own = await eventually(async () => {
      const found = await cluster.modules.get('alpha');
      return found.status?.components !== undefined && found.status.endpoints?.[0]?.leader === true && found;
    });
    expect(own.spec.image).toBe('alpha:0.1.0');
    expect(own.status).toMatchObject({
      name: 'alpha',
      version: '0.1.0',
      addr: module.addresses['grpc'],
      leaderEpoch: 1,
      endpoints: [{ pod: module.addresses['identity'], addr: module.addresses['grpc'], leader: true }],
    });
    expect(own.status?.components).toMatchObject([
      { name: 'greeter', ports: [{ name: '_settings' }, { name: 'in' }, { name: 'out' }] },
    ]);
  });

  it('makes its nodes ready and publishes their ports', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [greeter]);
    await cluster.createNode('hi', { module: 'alpha', component: 'greeter' });
    await cluster.ready('hi');
    const { status } = await cluster.nodes.get('hi');
    expect(status).toMatchObject({
      status: 'OK',
      error: false,
      observedGeneration: 1,
      module: { name: 'alpha', version: '0.1.0' },
    });
    expect(status?.ports?.map(({ name, source }) => [name, source])).toEqual([
      ['_settings', false],
      ['in', false],
      ['out', true],
    ]);
  });

  it('says in conditions what is wrong with a node', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [greeter]);
    await cluster.createNode('unknown', { module: 'alpha', component: 'nothing' });
    await cluster.createNode('rejected', {
      module: 'alpha',
      component: 'greeter',
      settings: { greeting: '' },
    });
    await cluster.createNode('mismatch', { module: 'alpha', component: 'greeter', version: '>=2' });
    await cluster.createNode('astray', {
      module: 'alpha',
      component: 'greeter',
      edges: [
        { id: 'a', port: 'out', to: 'nowhere', toPort: 'in' },
        { id: 'b', port: 'wrong', to: 'mismatch', toPort: 'in' },
        { id: 'c', port: 'out', to: 'mismatch', toPort: 'nope', configuration: { text: '{{ $. }}' } },
      ],
    });
    await eventually(async () =>
      expect(await conditionOf(cluster, 'unknown', 'ComponentAvailable')).toMatchObject({
        status: 'False',
        reason: 'ComponentUnknown',
      }),
    );
    await eventually(async () => {
      const condition = await conditionOf(cluster, 'rejected', 'SettingsAccepted');
      expect(condition).toMatchObject({ status: 'False', reason: 'Rejected' });
      expect(condition?.message).toContain('greeting');
    });
    await eventually(async () =>
      expect(await conditionOf(cluster, 'mismatch', 'Ready')).toMatchObject({
        status: 'False',
        reason: 'VersionMismatch',
      }),
    );
    await eventually(async () => {
      const message = (await conditionOf(cluster, 'astray', 'EdgesResolved'))?.message ?? '';
      expect(message).toContain('edge a: there is no TinyNode nowhere');
      expect(message).toContain('edge b: component greeter has no out port wrong');
      expect(message).toContain('edge c: node mismatch has no in port nope');
      expect(message).toContain('{{');
    });
  });

  it('resolves an edge when its target appears', async () => {
    await using cluster = await TestCluster.start();
    const { sink } = createSink();
    await cluster.startModule('alpha', [greeter, sink]);
    await cluster.createNode('hi', {
      module: 'alpha',
      component: 'greeter',
      edges: [{ id: 'e', port: 'out', to: 'later', toPort: 'in' }],
    });
    await eventually(async () =>
      expect(await conditionOf(cluster, 'hi', 'Ready')).toMatchObject({
        status: 'False',
        reason: 'Unresolved',
      }),
    );
    await cluster.createNode('later', { module: 'alpha', component: 'sink' });
    await cluster.ready('hi', 'later');
  });

  it('says when what an edge sends is not taken, until one of its ends changes', async () => {
    await using cluster = await TestCluster.start();
    const free = component({
      name: 'free',
      description: 'Takes what the flow author says.',
      ports: { in: input(z.object({ context: z.unknown().meta({ configurable: true }) })) },
      on: { in: () => done },
    });
    await cluster.startModule('alpha', [greeter, free]);
    const wants = (type: string) => [
      { name: 'in', schema: { type: 'object', properties: { context: { type } } } },
    ];
    await cluster.createNode('end', { module: 'alpha', component: 'free', ports: wants('number') });
    await cluster.ready('end');
    await cluster.createNode('hi', {
      module: 'alpha',
      component: 'greeter',
      edges: [{ id: 'e', port: 'out', to: 'end', toPort: 'in', configuration: { context: '{{$.text}}' } }],
    });
    await eventually(async () =>
      expect(await conditionOf(cluster, 'hi', 'EdgesResolved')).toMatchObject({
        status: 'False',
        reason: 'TypesInvalid',
        message: 'edge e: context {{$.text}}: expected number, found string',
      }),
    );
    await cluster.nodes.patch('end', { spec: { ports: wants('string') } });
    await cluster.ready('hi');
    const told = async () => {
      const { items } = await cluster.client.resource(EVENT, 'default').list();
      return items.map(({ reason, count = 1 }) => `${reason} ${count}`).sort();
    };
    await eventually(async () => expect(await told()).toEqual(['Ready 1', 'TypesInvalid 1']));
  });

  it('asks the API nothing per message, and writes nothing when nothing differs', async () => {
    await using cluster = await TestCluster.start();
    const { sink, received } = createSink();
    const pump = component({
      name: 'pump',
      description: 'Sends a hundred messages.',
      ports: { in: input(z.unknown()), out: output(z.object({ index: z.number() })) },
      on: {
        in: async (_message, ctx) => {
          for (let index = 0; index < 100; index += 1) await ctx.emit('out', { index });
          return done;
        },
      },
    });
    await cluster.startModule('alpha', [pump, sink]);
    // The target first: a node that was never unready leaves no event to be written while the calls are counted.
    await cluster.createNode('end', { module: 'alpha', component: 'sink' });
    await cluster.ready('end');
    await cluster.createNode('source', {
      module: 'alpha',
      component: 'pump',
      edges: [{ id: 'e', port: 'out', to: 'end', toPort: 'in' }],
    });
    await cluster.ready('source');
    const before = cluster.controlPlane.faults.requests.length;
    await cluster.createSignal('go', { node: 'source', port: 'in' });
    await cluster.ended('go');
    expect(received).toHaveLength(100);
    const asked = cluster.controlPlane.faults.requests
      .slice(before)
      .filter(({ path }) => !/tinysignals|leases/.test(path));
    expect(asked).toEqual([]);
  });

  it('stops a node whose flow is suspended and resumes it', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [greeter]);
    await cluster.flows.create({ metadata: { name: 'f' }, spec: { suspended: true } });
    await cluster.createNode(
      'hi',
      { module: 'alpha', component: 'greeter' },
      { 'tinysystems.io/flow-name': 'f' },
    );
    await eventually(async () =>
      expect(await conditionOf(cluster, 'hi', 'Ready')).toMatchObject({
        status: 'False',
        reason: 'Suspended',
      }),
    );
    await cluster.createSignal('refused', { node: 'hi', port: 'in', data: { name: 'Ada' } });
    expect((await cluster.ended('refused')).status).toMatchObject({
      phase: 'Failed',
      conditions: [{ reason: 'NodeStopped' }],
    });
    await cluster.flows.patch('f', { spec: { suspended: false } });
    await cluster.ready('hi');
  });

  it('keeps state that the replicas of a node share', async () => {
    await using cluster = await TestCluster.start();
    const counter = () =>
      statefulComponent({
        name: 'counter',
        description: 'Counts.',
        ports: { in: input(z.unknown()) },
        create: (node) => ({
          on: {
            in: async () => {
              const count = Number(node.state.get('count') ?? 0) + 1;
              await node.state.set('count', String(count));
              return done;
            },
          },
        }),
      });
    await cluster.startModule('alpha', [counter()]);
    await cluster.createNode('count', { module: 'alpha', component: 'counter' });
    await cluster.ready('count');
    for (const name of ['one', 'two']) {
      await cluster.createSignal(name, { node: 'count', port: 'in' });
      await cluster.ended(name);
    }
    expect((await cluster.nodes.get('count')).status?.metadata).toEqual({ count: '2' });
  });

  it('gives a node its state before its settings', async () => {
    await using cluster = await TestCluster.start();
    const seen: unknown[] = [];
    const keeper = statefulComponent({
      name: 'keeper',
      description: 'Looks at its state when it gets settings.',
      settings: z.object({}),
      ports: { in: input(z.unknown()) },
      create: (node) => ({
        on: { in: async () => (await node.state.set('kept', 'yes'), done) },
        accept: () => void seen.push(node.state.get('kept')),
      }),
    });
    const before = await cluster.startModule('alpha', [keeper]);
    await cluster.createNode('n', { module: 'alpha', component: 'keeper' });
    await cluster.createSignal('keep', { node: 'n', port: 'in' });
    await cluster.ended('keep');
    await before.stop();
    await cluster.startModule('alpha', [keeper]);
    await eventually(() => seen.length === 2);
    expect(seen).toEqual([undefined, 'yes']);
  });

  it('ends the instance of a deleted node', async () => {
    await using cluster = await TestCluster.start();
    const ended: string[] = [];
    const mortal = statefulComponent({
      name: 'mortal',
      description: 'Ends.',
      ports: { in: input(z.unknown()) },
      create: (node) => ({ on: { in: () => done }, deleted: () => void ended.push(node.name) }),
    });
    await cluster.startModule('alpha', [mortal]);
    await cluster.createNode('gone', { module: 'alpha', component: 'mortal' });
    await cluster.ready('gone');
    await cluster.nodes.delete('gone');
    await eventually(() => expect(ended).toEqual(['gone']));
  });
});

/** A module may take a while to come, so that it is missing is said after some seconds only. */
const PATIENCE = { timeoutMs: 15_000, intervalMs: 50 };

describe('a node that nobody runs', () => {
  it('says that its module is not installed, until that comes', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [greeter]);
    await cluster.createNode('stray', { module: 'beta', component: 'greeter' });
    await eventually(async () => {
      expect(await conditionOf(cluster, 'stray', 'Ready')).toMatchObject({
        status: 'False',
        reason: 'ModuleNotFound',
        message: 'module beta is not installed here: install it, or correct spec.module',
      });
    }, PATIENCE);
    await cluster.startModule('beta', [greeter]);
    await cluster.ready('stray');
  });

  it('is taken back by its leader when somebody else wrote that it is not run', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [greeter]);
    await cluster.createNode('hi', { module: 'alpha', component: 'greeter' });
    await cluster.ready('hi');
    const stray = {
      type: 'Ready',
      status: 'False',
      reason: 'ModuleNotFound',
      message: 'not here',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    await cluster.nodes.patch('hi', { status: { conditions: [stray] } }, { subresource: 'status' });
    await cluster.ready('hi');
  });
});

describe('the events of a node', () => {
  it('tell why it is not ready, and when it is again', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [greeter]);
    await cluster.createNode('hi', { module: 'alpha', component: 'greeter' });
    await cluster.ready('hi');
    const events = cluster.client.resource(EVENT, 'default');
    const told = async () =>
      (await events.list()).items.map(({ type, reason }) => `${type} ${reason}`).sort();
    await cluster.nodes.patch('hi', { spec: { settings: { greeting: '' } } });
    await eventually(async () => expect(await told()).toEqual(['Warning Rejected']));
    await cluster.nodes.patch('hi', { spec: { settings: { greeting: 'Ahoy' } } });
    await eventually(async () => expect(await told()).toEqual(['Normal Ready', 'Warning Rejected']));
  });
});

describe('a module that runs with TINY_FREEZE=1, as here', () => {
  it('fails a handler that writes into its message', async () => {
    await using cluster = await TestCluster.start();
    const writes = component({
      name: 'writes',
      description: 'Writes into what it gets.',
      ports: { in: input(z.object({ list: z.array(z.string()) })) },
      on: { in: ({ list }) => ((list as string[]).push('more'), done) },
    });
    await cluster.startModule('alpha', [greeter, writes]);
    await cluster.createNode('end', { module: 'alpha', component: 'writes' });
    // What a mapping makes is frozen by nobody else.
    const configuration = { list: ['{{$.text}}'] };
    await cluster.createNode('hi', {
      module: 'alpha',
      component: 'greeter',
      edges: [{ id: 'e', port: 'out', to: 'end', toPort: 'in', configuration }],
    });
    await cluster.ready('end', 'hi');
    await cluster.createSignal('go', { node: 'hi', port: 'in', data: { name: 'Ada' } });
    expect((await cluster.ended('go')).status).toMatchObject({
      phase: 'Failed',
      conditions: [{ reason: 'HandlerFailed' }],
    });
  });
});

describe('two modules in a namespace', () => {
  it('carry a message from one to the other and the reply back', async () => {
    await using cluster = await TestCluster.start();
    const { sink, received } = createSink();
    const answers: unknown[] = [];
    const asker = component({
      name: 'asker',
      description: 'Asks.',
      ports: { in: input(z.unknown()), ask: output(z.unknown(), { reply: z.object({ taken: z.number() }) }) },
      on: {
        in: async (message, ctx) => {
          answers.push(await ctx.request('ask', message));
          return done;
        },
      },
    });
    await cluster.startModule('alpha', [asker]);
    await cluster.startModule('beta', [sink]);
    await cluster.createNode('a', {
      module: 'alpha',
      component: 'asker',
      edges: [{ id: 'over', port: 'ask', to: 'b', toPort: 'in', configuration: { got: '{{$.value}}' } }],
    });
    await cluster.createNode('b', { module: 'beta', component: 'sink' });
    await cluster.ready('a', 'b');
    await cluster.createSignal('go', { node: 'a', port: 'in', data: { value: 7 } });
    expect((await cluster.ended('go')).status).toMatchObject({ phase: 'Delivered', attempts: 1 });
    expect(received).toEqual([{ got: 7 }]);
    expect(answers).toEqual([{ taken: 1 }]);
  });
});

describe('a node that moves to another module', () => {
  it('is let go by the one and taken up by the other, whose leaders are counted anew', async () => {
    await using cluster = await TestCluster.start();
    const released: string[] = [];
    const mover = (module: string) =>
      statefulComponent({
        name: 'mover',
        description: 'Moves.',
        ports: { in: input(z.unknown()) },
        create: () => ({ on: { in: () => done }, released: () => void released.push(module) }),
      });
    const former = await cluster.startModule('alpha', [mover('alpha')]);
    await eventually(() => former.logged.some(({ message }) => message === 'leading'));
    await former.stop();
    await cluster.startModule('alpha', [mover('alpha')]);
    await cluster.startModule('beta', [mover('beta')]);
    await cluster.createNode('n', { module: 'alpha', component: 'mover' });
    await cluster.ready('n');
    expect((await cluster.nodes.get('n')).status).toMatchObject({ leaderEpoch: 2 });
    await cluster.nodes.patch('n', { spec: { module: 'beta' } });
    await cluster.ready('n');
    expect((await cluster.nodes.get('n')).status).toMatchObject({
      leaderEpoch: 1,
      module: { name: 'beta' },
    });
    await eventually(() => expect(released).toEqual(['alpha']));
  });

  it('takes its pending signals along', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('beta', [greeter]);
    await cluster.modules.create({ metadata: { name: 'alpha' }, spec: {} });
    await cluster.createNode('n', { module: 'alpha', component: 'greeter' });
    await cluster.createNode('other', { module: 'beta', component: 'greeter' });
    await cluster.createSignal('go', { node: 'n', port: 'in', data: { name: 'Ada' } });
    await cluster.createSignal('later', { node: 'other', port: 'in', data: { name: 'Eve' } });
    await cluster.ended('later'); // so beta has looked at the earlier one, too, and left it alone
    await cluster.nodes.patch('n', { spec: { module: 'beta' } });
    expect((await cluster.ended('go')).status).toMatchObject({ phase: 'Delivered' });
  });
});

describe('a node whose background work fails', () => {
  it('is not called ready between two attempts', async () => {
    await using cluster = await TestCluster.start();
    let attempts = 0;
    const failing = statefulComponent({
      name: 'failing',
      description: 'Cannot listen.',
      ports: { in: input(z.unknown()) },
      create: () => ({
        on: { in: () => done },
        background: {
          placement: 'everyReplica',
          run: () => {
            attempts += 1;
            return attempts > 3
              ? new Promise(() => undefined)
              : Promise.reject(new Error('port 80 is in use'));
          },
        },
      }),
    });
    await cluster.startModule('alpha', [failing]);
    await cluster.createNode('n', { module: 'alpha', component: 'failing' });
    const failed = { status: 'False', reason: 'WorkFailed', message: 'port 80 is in use' };
    await eventually(async () => expect(await conditionOf(cluster, 'n', 'Ready')).toMatchObject(failed));
    const { metadata } = await cluster.nodes.get('n');
    await eventually(() => attempts === 3);
    expect((await cluster.nodes.get('n')).metadata.resourceVersion).toBe(metadata.resourceVersion);
    await eventually(() => attempts === 4);
  });
});

describe('a node with very many edges', () => {
  it('gets a status that says what is wrong with the first of them', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [greeter]);
    const edges = Array.from({ length: 1000 }, (_, index) => ({
      id: `edge-${index}`,
      port: 'out',
      to: `a-node-that-nobody-has-made-${index}`,
      toPort: 'in',
    }));
    await cluster.createNode('hub', { module: 'alpha', component: 'greeter', edges });
    await eventually(async () => {
      const message = (await conditionOf(cluster, 'hub', 'EdgesResolved'))?.message ?? '';
      expect(message).toContain('edge edge-0: there is no TinyNode');
      expect(message).toContain('and 990 more');
    });
  });
});

describe('a TinyModule that somebody deletes', () => {
  it('is made again by its running module', async () => {
    await using cluster = await TestCluster.start();
    const module = await cluster.startModule('alpha', [greeter]);
    const isComplete = async () => {
      const { status } = await cluster.modules.get('alpha');
      expect(status).toMatchObject({
        leaderEpoch: 1,
        endpoints: [{ pod: module.addresses['identity'], leader: true }],
        conditions: [{ type: 'Ready', status: 'True' }],
      });
      expect(status?.components).toHaveLength(1);
    };
    await eventually(isComplete);
    const { metadata } = await cluster.modules.get('alpha');
    await cluster.modules.delete('alpha');
    await eventually(async () =>
      expect((await cluster.modules.get('alpha')).metadata.uid).not.toBe(metadata.uid),
    );
    await eventually(isComplete);
  });
});
