import { Controller, desiredStateChanged, Informer, Manager } from '@tinysystems/kubernetes';
import type { ResourceClient } from '@tinysystems/kubernetes';
import { Cluster, eventually, running, widget } from './kubernetes-cluster.ts';
import type { Widget } from './kubernetes-cluster.ts';

describe('Controller with an API server', () => {
  it('brings every object into its state, by one write for each', async () => {
    await using cluster = await Cluster.start();
    for (let at = 0; at < 20; at += 1) await cluster.widgets.create(widget(`w${at}`, at + 1));
    await using _ = running(operatorOf(cluster.widgets));
    await untilReady(cluster, 20);
    cluster.takeRequests();
    for (const name of ['w3', 'w4']) {
      await cluster.widgets.patch(name, { spec: { size: 33 } });
      await eventually(async () => expect((await cluster.widgets.get(name)).status?.seen).toBe(33));
    }

    const writes = cluster.takeRequests().filter((line) => line.startsWith('PUT'));
    expect(writes).toEqual(['w3', 'w4'].map((name) => expect.stringMatching(`/widgets/${name}/status$`)));
  });

  it('gets there although every other write conflicts or fails', async () => {
    await using cluster = await Cluster.start();
    for (let at = 0; at < 10; at += 1) await cluster.widgets.create(widget(`w${at}`, at));
    const { faults } = cluster.controlPlane;
    faults.failNext({ count: 5, status: 409, method: 'PUT', path: /status/ });
    faults.failNext({ count: 5, status: 500, method: 'PUT', path: /status/ });
    await using _ = running(operatorOf(cluster.widgets));

    await untilReady(cluster, 10);
  });

  it('catches up on what happened while the API server was away', async () => {
    await using cluster = await Cluster.start();
    await cluster.widgets.create(widget('a'));
    await using _ = running(operatorOf(cluster.widgets));
    await untilReady(cluster, 1);
    await cluster.down();
    await cluster.up();
    await cluster.widgets.create(widget('b'));

    await untilReady(cluster, 2);
  });
});

/** Copies `spec.size` to `status.seen`. */
function operatorOf(widgets: ResourceClient<Widget>): Manager {
  const informer = new Informer<Widget>({ client: widgets });
  const controller = new Controller({
    name: 'widgets',
    reconcile: async (key, signal) => {
      const object = informer.lister.get('default', key.split('/')[1] ?? '');
      if (object === undefined || object.status?.seen === object.spec?.size) return;
      const { size = 0 } = object.spec ?? {};
      await widgets.replaceStatus({ ...object, status: { phase: 'Ready', seen: size } }, { signal });
    },
  }).watch(informer, { predicate: desiredStateChanged });
  return new Manager().add(informer, { group: 'cache' }).add(controller);
}

async function untilReady(cluster: Cluster, count: number): Promise<void> {
  const { widgets } = cluster;
  await eventually(async () => {
    const ready = (await widgets.list()).items.filter(({ spec, status }) => status?.seen === spec?.size);
    expect(ready).toHaveLength(count);
  });
}
