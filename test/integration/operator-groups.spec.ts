import { findCondition } from '@tinysystems/api';
import { type KubeObject, resourceType } from '@tinysystems/kubernetes';
import { component, done, input, output, reply, statefulComponent, z } from '@tinysystems/sdk';
import { TestCluster, eventually } from '@tinysystems/testing';

const quiet = component({
  name: 'quiet',
  description: 'Does nothing.',
  ports: { in: input(z.unknown()) },
  on: { in: () => done },
});
const CONFIG_MAPS = resourceType<KubeObject>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
});
const LABELS = { 'tinysystems.io/flow-name': 'f', 'tinysystems.io/project-name': 'p' };

describe('TinyFlow and TinyProject', () => {
  it('add up the readiness of their nodes', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [quiet]);
    await cluster.projects.create({ metadata: { name: 'p' }, spec: {} });
    await cluster.flows.create({
      metadata: { name: 'f', labels: { 'tinysystems.io/project-name': 'p' } },
      spec: {},
    });
    await cluster.createNode('one', { module: 'alpha', component: 'quiet' }, LABELS);
    await cluster.createNode('two', { module: 'alpha', component: 'missing' }, LABELS);
    await eventually(async () => {
      const { status } = await cluster.flows.get('f');
      expect(status).toMatchObject({
        nodes: 2,
        readyNodes: 1,
        errorNodes: 1,
        ready: '1/2',
        modules: ['alpha'],
      });
      expect(findCondition(status?.conditions, 'Ready')).toMatchObject({
        status: 'False',
        reason: 'NodesNotReady',
        message: expect.stringContaining('node two'),
      });
    });
    await cluster.nodes.patch('two', { spec: { component: 'quiet' } });
    await eventually(async () => {
      expect((await cluster.flows.get('f')).status).toMatchObject({
        ready: '2/2',
        errorNodes: 0,
        conditions: [{ type: 'Ready', status: 'True' }],
      });
      expect((await cluster.projects.get('p')).status).toMatchObject({
        ready: '2/2',
        flows: 1,
        conditions: [{ type: 'Ready', status: 'True' }],
      });
    });
    await cluster.nodes.delete('one');
    await eventually(async () =>
      expect((await cluster.projects.get('p')).status).toMatchObject({ ready: '1/1' }),
    );
  });

  it('without nodes are not ready', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [quiet]);
    await cluster.flows.create({ metadata: { name: 'empty' }, spec: {} });
    await eventually(async () =>
      expect((await cluster.flows.get('empty')).status).toMatchObject({
        ready: '0/0',
        conditions: [{ status: 'False', reason: 'NoNodes' }],
      }),
    );
  });
});

describe('a suspended TinyFlow', () => {
  const echo = component({
    name: 'echo',
    description: 'Answers.',
    ports: { in: input(z.unknown()) },
    on: { in: () => reply({ text: 'here' }) },
  });
  const asker = component({
    name: 'asker',
    description: 'Sends on.',
    ports: { in: input(z.unknown()), out: output(z.unknown()) },
    on: { in: (message, ctx) => ctx.emit('out', message as object) },
  });
  /** `asker` of another flow, in another module, leads to `echo`, whose flow is `f`. */
  async function twoFlows(cluster: TestCluster): Promise<void> {
    await cluster.startModule('alpha', [asker]);
    await cluster.startModule('beta', [echo]);
    await cluster.flows.create({ metadata: { name: 'f' }, spec: {} });
    await cluster.createNode('echo', { module: 'beta', component: 'echo' }, LABELS);
    const edges = [{ id: 'e', port: 'out', to: 'echo', toPort: 'in' }];
    await cluster.createNode('asker', { module: 'alpha', component: 'asker', edges });
    await cluster.ready('echo', 'asker');
  }

  it('stops its nodes, whose messages are refused with an error that names the flow, until it is resumed', async () => {
    await using cluster = await TestCluster.start();
    await twoFlows(cluster);
    await cluster.createSignal('before', { node: 'asker', port: 'in' });
    expect((await cluster.ended('before')).status).toMatchObject({ phase: 'Delivered' });

    await cluster.flows.patch('f', { spec: { suspended: true } });
    const text = 'set spec.suspended of TinyFlow f to false';
    await eventually(async () => {
      expect((await cluster.flows.get('f')).status).toMatchObject({
        ready: '0/1',
        errorNodes: 0,
        conditions: [{ type: 'Ready', status: 'False', reason: 'Suspended' }],
      });
      expect((await cluster.nodes.get('echo')).status).toMatchObject({
        status: expect.stringContaining(text),
        error: false,
      });
    });
    for (const [name, node] of Object.entries({ direct: 'echo', remote: 'asker' })) {
      await cluster.createSignal(name, { node, port: 'in' });
      expect((await cluster.ended(name)).status).toMatchObject({
        phase: 'Failed',
        message: `node echo is stopped with its flow: ${text}`,
        conditions: [{ reason: 'NodeStopped' }],
      });
    }

    await cluster.flows.patch('f', { spec: { suspended: false } });
    await cluster.ready('echo');
    await cluster.createSignal('after', { node: 'asker', port: 'in' });
    expect((await cluster.ended('after')).status).toMatchObject({ phase: 'Delivered' });
  });

  it('that is deleted lets its nodes not begin to run before they go', async () => {
    await using cluster = await TestCluster.start();
    const events: string[] = [];
    const witness = statefulComponent({
      name: 'witness',
      description: 'Says when it begins.',
      ports: { in: input(z.unknown()) },
      create: () => {
        events.push('created');
        return { on: { in: () => done }, released: () => void events.push('released') };
      },
    });
    await cluster.startModule('alpha', [witness]);
    await cluster.flows.create({ metadata: { name: 'f' }, spec: {} });
    await cluster.createNode('w', { module: 'alpha', component: 'witness' }, LABELS);
    await owned(() => cluster.nodes.get('w'), 'f');
    await cluster.flows.patch('f', { spec: { suspended: true } });
    await eventually(() => expect(events).toEqual(['created', 'released']));
    await cluster.flows.delete('f');
    await eventually(async () => expect((await cluster.nodes.list()).items).toEqual([]));
    expect(events).toEqual(['created', 'released']);
  });
});

/** Waits until an object is owned by exactly those. */
function owned(get: () => Promise<KubeObject>, ...owners: readonly string[]): Promise<unknown> {
  return eventually(
    async () => {
      const names = ((await get()).metadata.ownerReferences ?? []).map(({ name }) => name);
      expect(names).toEqual(owners);
    },
    { timeoutMs: 10_000 },
  );
}

describe('the deletion of a TinyProject', () => {
  it('takes its flows, their nodes and the signals of these along, and nothing else', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [quiet]);
    const project = { 'tinysystems.io/project-name': 'p' };
    // In the wrong order: what belongs to somebody is there before.
    await cluster.createSignal('s', { node: 'n', port: 'in', ttlSecondsAfterFinished: 3600 });
    await cluster.createNode('n', { module: 'alpha', component: 'quiet' }, LABELS);
    await cluster.createNode('no-flow', { module: 'alpha', component: 'quiet' }, project);
    await cluster.createNode('other', { module: 'alpha', component: 'quiet' });
    await cluster.createSignal('to-other', { node: 'other', port: 'in', ttlSecondsAfterFinished: 3600 });
    await cluster.flows.create({ metadata: { name: 'f', labels: project }, spec: {} });
    await cluster.projects.create({ metadata: { name: 'p' }, spec: {} });
    await owned(() => cluster.flows.get('f'), 'p');
    await owned(() => cluster.nodes.get('n'), 'f');
    await owned(() => cluster.nodes.get('no-flow'), 'p');
    await owned(() => cluster.signals.get('s'), 'n');
    expect((await cluster.ended('s')).status).toMatchObject({ phase: 'Delivered', attempts: 1 });

    await cluster.projects.delete('p');
    await eventually(
      async () => {
        const lists = await Promise.all([cluster.flows.list(), cluster.nodes.list(), cluster.signals.list()]);
        const names = lists.flatMap(({ items }) => items.map(({ metadata }) => metadata.name));
        expect(names).toEqual(['other', 'to-other']);
      },
      { timeoutMs: 10_000 },
    );
  });

  it('leaves a node alone that has left its flow, and keeps the owners that others gave', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [quiet]);
    for (const name of ['f', 'g']) await cluster.flows.create({ metadata: { name }, spec: {} });
    const map = await cluster.client.resource(CONFIG_MAPS, 'default').create({ metadata: { name: 'mine' } });
    const mine = { apiVersion: 'v1', kind: 'ConfigMap', name: 'mine', uid: map.metadata.uid ?? '' };
    await cluster.nodes.create({
      metadata: { name: 'n', labels: LABELS, ownerReferences: [mine] },
      spec: { module: 'alpha', component: 'quiet' },
    });
    const move = (flow: string | null) =>
      cluster.nodes.patch('n', { metadata: { labels: { 'tinysystems.io/flow-name': flow } } });
    const get = () => cluster.nodes.get('n');
    await owned(get, 'mine', 'f');
    await move('g');
    await owned(get, 'mine', 'g');
    await move(null);
    await owned(get, 'mine');
    await cluster.flows.delete('f');
    await cluster.flows.delete('g');
    await eventually(async () => expect((await cluster.flows.list()).items).toEqual([]));
    expect((await get()).metadata.deletionTimestamp).toBeUndefined();
  });
});
