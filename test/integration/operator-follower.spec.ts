import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '@tinysystems/control-plane';
import { LEASE, microTime } from '@tinysystems/kubernetes';
import { component, done, input, z } from '@tinysystems/sdk';
import { RunningModule, TestCluster, eventually } from '@tinysystems/testing';

function createCounted() {
  const received: unknown[] = [];
  const counted = component({
    name: 'counted',
    description: 'Counts.',
    ports: { in: input(z.unknown()) },
    on: {
      in: (message) => {
        received.push(message);
        return done;
      },
    },
  });
  return { counted, received };
}

describe('a replica that does not lead', () => {
  it('is ready and writes nothing but its endpoint', async () => {
    await using cluster = await TestCluster.start();
    await cluster.client.resource(LEASE, 'default').create({
      metadata: { name: 'alpha-lock' },
      spec: {
        holderIdentity: 'somebody else',
        leaseDurationSeconds: 600,
        renewTime: microTime(Date.now()),
        acquireTime: microTime(Date.now()),
        leaseTransitions: 3,
      },
    });
    const { counted } = createCounted();
    const follower = await cluster.startModule('alpha', [counted]);
    await cluster.createNode('n', { module: 'alpha', component: 'counted' });
    await cluster.createSignal('s', { node: 'n', port: 'in' });
    await eventually(
      async () =>
        (await fetch(`http://127.0.0.1:${String(follower.addresses['health'])}/readyz`)).status === 200,
    );
    await eventually(async () => (await cluster.modules.get('alpha')).status?.endpoints?.length === 1);
    // The write of a follower's own endpoint comes after its nodes are taken up: what it would write wrongly is there by now.
    const { status } = await cluster.modules.get('alpha');
    expect(Object.keys(status ?? {})).toEqual(['endpoints']);
    expect(status?.endpoints).toMatchObject([{ pod: follower.addresses['identity'], leader: false }]);
    expect((await cluster.nodes.get('n')).status).toBeUndefined();
    expect((await cluster.signals.get('s')).status).toBeUndefined();
  });
});

describe('a module whose API server goes away', () => {
  it('goes on when it comes back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'restart-'));
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const { counted, received } = createCounted();
    let port: number;
    {
      await using cluster = await TestCluster.start({ dataDirectory: folder });
      port = cluster.controlPlane.port;
      await cluster.createNode('n', { module: 'alpha', component: 'counted' });
    }
    const kubeconfigPath = join(folder, 'kubeconfig');
    const first = await startControlPlane({ dataDirectory: folder, port, kubeconfigPath });
    await using module = RunningModule.start({
      name: 'alpha',
      components: [counted],
      podName: 'alpha-0',
      kubeconfig: kubeconfigPath,
      namespace: 'default',
    });
    await eventually(() => module.logged.some(({ message }) => message === 'leading'), { timeoutMs: 10_000 });
    await first.stop();
    await using second = await TestCluster.start({ dataDirectory: folder, port });
    expect(second.controlPlane.port).toBe(port);
    await second.createSignal('s', { node: 'n', port: 'in', data: { after: 'restart' } });
    expect((await second.ended('s', 30_000)).status).toMatchObject({ phase: 'Delivered' });
    expect(received).toEqual([{ after: 'restart' }]);
  }, 60_000);
});
