import {
  type NodeState,
  component,
  done,
  input,
  output,
  reply,
  statefulComponent,
  z,
} from '@tinysystems/sdk';
import type { TinyModule } from '@tinysystems/api';
import { TestCluster, eventually } from '@tinysystems/testing';

const quiet = component({
  name: 'quiet',
  description: 'Does nothing.',
  ports: { in: input(z.unknown()) },
  on: { in: () => done },
});

/** Starts two replicas of a module; gives the state of its node `n` as each of them has it. */
async function sharedState(cluster: TestCluster): Promise<[NodeState, NodeState]> {
  const states: NodeState[] = [];
  const keeper = statefulComponent({
    name: 'keeper',
    description: 'Keeps its state for the test.',
    ports: { in: input(z.unknown()) },
    maxStateBytes: 900_000,
    create: (node) => {
      states.push(node.state);
      return { on: { in: () => done } };
    },
  });
  await cluster.startModule('alpha', [keeper], { podName: 'alpha-0' });
  await cluster.startModule('alpha', [keeper], { podName: 'alpha-1' });
  await cluster.createNode('n', { module: 'alpha', component: 'keeper' });
  await cluster.ready('n');
  const [one, other] = await eventually(() => states.length === 2 && states);
  if (one === undefined || other === undefined) throw new Error('there are two replicas');
  return [one, other];
}

describe('two replicas of a module', () => {
  it('have one leader; the follower writes nothing but its own endpoint', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [quiet], { podName: 'alpha-0' });
    const follower = await cluster.startModule('alpha', [quiet], { podName: 'alpha-1' });
    await cluster.createNode('n', { module: 'alpha', component: 'quiet' });
    await cluster.ready('n');
    const endpoints = await eventually(async () => {
      const list = (await cluster.modules.get('alpha')).status?.endpoints ?? [];
      return list.length === 2 && list;
    });
    expect(endpoints.map(({ leader }) => leader).sort()).toEqual([false, true]);
    expect(follower.logged.some(({ message }) => message === 'leading')).toBe(false);
  });

  it('hand over within a second when the leader stops in order', async () => {
    await using cluster = await TestCluster.start();
    const leader = await cluster.startModule('alpha', [quiet], { podName: 'alpha-0' });
    await eventually(() => leader.logged.some(({ message }) => message === 'leading'));
    const heir = await cluster.startModule('alpha', [quiet], { podName: 'alpha-1' });
    const startedMs = performance.now();
    await leader.stop();
    await eventually(() => heir.logged.some(({ message }) => message === 'leading'), { timeoutMs: 1000 });
    expect(performance.now() - startedMs).toBeLessThan(2000);
    await eventually(async () => {
      const { status } = await cluster.modules.get('alpha');
      expect(status).toMatchObject({
        leaderEpoch: 2,
        endpoints: [{ pod: heir.addresses['identity'], leader: true }],
      });
    });
  });

  it('leave nothing of themselves behind when they stop', async () => {
    await using cluster = await TestCluster.start();
    const stays = await cluster.startModule('alpha', [quiet], { podName: 'alpha-0' });
    const goes = await cluster.startModule('alpha', [quiet], { podName: 'alpha-1' });
    await eventually(async () => (await cluster.modules.get('alpha')).status?.endpoints?.length === 2);
    await goes.stop();
    const { metadata, status } = (await cluster.modules.get('alpha')) as TinyModule & {
      metadata: { managedFields: readonly { manager: string }[] };
    };
    expect(status?.endpoints?.map(({ pod }) => pod)).toEqual([stays.addresses['identity']]);
    const managers = metadata.managedFields.map(({ manager }) => manager);
    expect(managers).toContain(`replica-${String(stays.addresses['identity'])}`);
    expect(managers).not.toContain(`replica-${String(goes.addresses['identity'])}`);
  });

  it('deliver a signal to its end although the leader is asked to stop meanwhile', async () => {
    await using cluster = await TestCluster.start();
    const begun: string[] = [];
    const slow = (pod: string) =>
      component({
        name: 'slow',
        description: 'Takes its time.',
        ports: { in: input(z.unknown()) },
        on: {
          in: async () => {
            begun.push(pod);
            await new Promise((resolve) => setTimeout(resolve, 500));
            return done;
          },
        },
      });
    const leader = await cluster.startModule('alpha', [slow('alpha-0')], { podName: 'alpha-0' });
    await eventually(() => leader.logged.some(({ message }) => message === 'leading'));
    await cluster.startModule('alpha', [slow('alpha-1')], { podName: 'alpha-1' });
    await cluster.createNode('n', { module: 'alpha', component: 'slow' });
    await cluster.ready('n');
    await cluster.createSignal('go', { node: 'n', port: 'in' });
    await eventually(() => begun.length === 1);
    await leader.stop();
    expect((await cluster.signals.get('go')).status).toMatchObject({ phase: 'Delivered', attempts: 1 });
    expect(begun).toEqual(['alpha-0']);
  });

  it('run leader work on the leader only, and everyReplica work on both', async () => {
    await using cluster = await TestCluster.start();
    const running = { leader: new Set<string>(), everyReplica: new Set<string>() };
    const worker = (placement: 'leader' | 'everyReplica', pod: string) =>
      statefulComponent({
        name: placement,
        description: 'Works.',
        ports: { in: input(z.unknown()) },
        create: () => ({
          on: { in: () => done },
          background: {
            placement,
            run: (signal) =>
              new Promise((resolve) => {
                running[placement].add(pod);
                signal.addEventListener('abort', () => {
                  running[placement].delete(pod);
                  resolve();
                });
              }),
          },
        }),
      });
    const start = (pod: string) =>
      cluster.startModule('alpha', [worker('leader', pod), worker('everyReplica', pod)], { podName: pod });
    await cluster.createNode('l', { module: 'alpha', component: 'leader' });
    await cluster.createNode('e', { module: 'alpha', component: 'everyReplica' });
    const first = await start('alpha-0');
    await eventually(() => expect([...running.leader]).toEqual(['alpha-0']));
    await start('alpha-1');
    await eventually(() => expect([...running.everyReplica].sort()).toEqual(['alpha-0', 'alpha-1']));
    expect([...running.leader]).toEqual(['alpha-0']);
    await first.stop();
    await eventually(() => expect([...running.leader]).toEqual(['alpha-1']));
    expect([...running.everyReplica]).toEqual(['alpha-1']);
  });

  it('both write the state of a node, at once, and each sees what the other wrote', async () => {
    await using cluster = await TestCluster.start();
    const [one, other] = await sharedState(cluster);
    const writes = Array.from({ length: 5 }, (_, n) => [
      one.set(`one-${n}`, '1'),
      other.set(`other-${n}`, '2'),
    ]);
    await Promise.all(writes.flat());
    const { metadata = {} } = (await cluster.nodes.get('n')).status ?? {};
    expect(Object.keys(metadata)).toHaveLength(10);
    await eventually(() => {
      for (const [key, value] of Object.entries(metadata)) {
        expect([one.get(key), other.get(key)]).toEqual([value, value]);
      }
    });
  });

  it('share a state as large as a component may ask for', async () => {
    await using cluster = await TestCluster.start();
    const [one, other] = await sharedState(cluster);
    const text = 'x'.repeat(899_997);
    await one.set('big', text);
    await eventually(() => other.get('big') === text);
    await expect(other.set('more', '')).rejects.toMatchObject({ kind: 'Permanent', code: 'STATE_TOO_LARGE' });
  });

  it('both take messages of another module', async () => {
    await using cluster = await TestCluster.start();
    const served = new Set<string>();
    const echo = (pod: string) =>
      component({
        name: 'echo',
        description: 'Answers.',
        ports: { in: input(z.unknown()) },
        on: {
          in: async () => {
            served.add(pod);
            await new Promise((resolve) => setTimeout(resolve, 20));
            return reply({ pod });
          },
        },
      });
    const burst = component({
      name: 'burst',
      description: 'Sends eight at once.',
      ports: { in: input(z.unknown()), out: output(z.unknown()) },
      on: {
        in: async (message, ctx) => {
          await Promise.all(Array.from({ length: 8 }, () => ctx.emit('out', message as object)));
          return done;
        },
      },
    });
    await cluster.startModule('beta', [echo('beta-0')], { podName: 'beta-0' });
    await cluster.startModule('beta', [echo('beta-1')], { podName: 'beta-1' });
    await cluster.startModule('alpha', [burst]);
    await cluster.createNode('b', { module: 'beta', component: 'echo' });
    await cluster.createNode('a', {
      module: 'alpha',
      component: 'burst',
      edges: [{ id: 'e', port: 'out', to: 'b', toPort: 'in' }],
    });
    await cluster.ready('a', 'b');
    await eventually(async () => (await cluster.modules.get('beta')).status?.endpoints?.length === 2);
    await cluster.createSignal('go', { node: 'a', port: 'in' });
    expect((await cluster.ended('go')).status).toMatchObject({ phase: 'Delivered' });
    expect([...served].sort()).toEqual(['beta-0', 'beta-1']);
  });
});
