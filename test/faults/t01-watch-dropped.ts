import assert from 'node:assert/strict';
import { Cluster, WIDGET } from '../integration/kubernetes-cluster.ts';
import { Proxy } from '../integration/kubernetes-proxy.ts';
import type { Fault } from './fault.ts';
import { falseDeletes, InformerMirror } from './informer-mirror.ts';
import { WidgetWriter } from './widget-writer.ts';

export const watchDropped: Fault = {
  id: 'T1',
  title: 'the connection of a watch is dropped, by FIN and by RST, at random moments',
  target: 'the cache equals the server within 2 s each time; no false delete; at most 1 list per 100 drops',
  async run(scale) {
    const { random } = scale;
    const drops = scale.of(30, 1_000);
    // Among other suites a busy machine may hold up anything for seconds.
    const convergeMs = scale.of(20_000, 2_000);
    await using cluster = await Cluster.start();
    await using proxy = await Proxy.start(cluster.controlPlane.port);
    const client = cluster.connect(proxy.url).resource(WIDGET, 'default');
    await using mirror = new InformerMirror({ client, random });
    await mirror.informer.waitForSync(AbortSignal.timeout(10_000));
    const writer = new WidgetWriter(cluster.widgets, random);
    const ways = [
      () => proxy.reset(),
      () => proxy.hangUp(),
      () => void cluster.controlPlane.faults.dropWatches(),
    ];
    const times: number[] = [];
    for (let drop = 0; drop < drops; drop += 1) {
      const changing = writer.change(1 + Math.floor(random() * 6));
      for (let turns = Math.floor(random() * 40); turns > 0; turns -= 1)
        await new Promise((resolve) => setImmediate(resolve));
      ways[Math.floor(random() * ways.length)]?.();
      await changing;
      times.push(await mirror.untilEqual(cluster.widgets, convergeMs));
    }
    const lists = mirror.count('reflector_lists_total') - 1;
    const spurious = falseDeletes(mirror, writer.deletedUids);
    assert.equal(spurious, 0, 'an object was told deleted that nobody deleted');
    assert.ok(lists <= Math.max(1, drops / 100), `${lists} lists for ${drops} drops`);
    const watches = mirror.count('reflector_watches_total');
    assert.ok(watches > drops / 2, `only ${watches} watches were opened: the drops did not hit`);
    return { drops, watches, lists, falseDeletes: spurious, slowestMs: Math.round(Math.max(...times)) };
  },
};
