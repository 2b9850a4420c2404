import { findCondition } from '@tinysystems/api';
import { component, done, input, z } from '@tinysystems/sdk';
import { TestCluster, eventually } from '@tinysystems/testing';

const quiet = component({
  name: 'quiet',
  description: 'Does nothing.',
  ports: { in: input(z.unknown()) },
  on: { in: () => done },
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

describe('TinyTracker', () => {
  it('keeps its window and goes away when it closes', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [quiet]);
    await cluster.trackers.create({ metadata: { name: 't' }, spec: { flow: 'f', ttlSeconds: 2 } });
    await eventually(async () => {
      const { metadata, status } = await cluster.trackers.get('t');
      expect(status).toMatchObject({ phase: 'Active', since: metadata.creationTimestamp });
      expect(Date.parse(status?.until ?? '') - Date.parse(status?.since ?? '')).toBe(2000);
    });
    await eventually(async () => (await cluster.trackers.list()).items.length === 0);
  });

  it('must name exactly one of project, flow and node', async () => {
    await using cluster = await TestCluster.start();
    const create = (spec: object) => cluster.trackers.create({ metadata: { generateName: 't-' }, spec });
    await expect(create({})).rejects.toMatchObject({
      code: 422,
      message: expect.stringContaining('name exactly one of project, flow and node'),
    });
    await expect(create({ flow: 'a', node: 'b' })).rejects.toMatchObject({ code: 422 });
    await expect(create({ node: 'b' })).resolves.toBeDefined();
  });
});
