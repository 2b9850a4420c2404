import assert from 'node:assert/strict';
import { systemClock } from '@tinysystems/kubernetes';
import { Cluster, eventually, WIDGET } from '../integration/kubernetes-cluster.ts';
import { Proxy } from '../integration/kubernetes-proxy.ts';
import type { Fault } from './fault.ts';
import { falseDeletes, InformerMirror } from './informer-mirror.ts';
import { ScaledClock } from './scaled-clock.ts';
import { WidgetWriter } from './widget-writer.ts';

const STALL_MS = 75_000;

export const watchSilent: Fault = {
  id: 'T2',
  title: 'a watch stays open and silent: the server sends nothing, then the network swallows everything',
  target: 'found in 75 s, resumed without a list, no change missed',
  async run(scale) {
    const { random } = scale;
    const faster = scale.of(25, 1);
    // Among other suites a busy machine may hold up anything for seconds.
    const slackMs = scale.of(10_000, 1_000);
    const clock = scale.of(new ScaledClock(faster), systemClock);
    await using cluster = await Cluster.start();
    await using proxy = await Proxy.start(cluster.controlPlane.port);
    const client = cluster.connect(proxy.url).resource(WIDGET, 'default');
    await using mirror = new InformerMirror({ client, random, clock });
    await mirror.informer.waitForSync(AbortSignal.timeout(10_000));
    const writer = new WidgetWriter(cluster.widgets, random);
    const { faults } = cluster.controlPlane;
    const freeze = (): void => {
      proxy.freeze();
      proxy.thaw(); // For new connections; the frozen one stays so.
    };
    const foundMs: number[] = [];
    for (const silence of [() => faults.pauseWatches(), freeze]) {
      await writer.change(20);
      await mirror.untilEqual(cluster.widgets, slackMs + 5_000);
      const stalls = mirror.count('reflector_failures_total stalled');
      silence();
      const startedMs = performance.now();
      await writer.change(30);
      await eventually(
        () => assert.equal(mirror.count('reflector_failures_total stalled'), stalls + 1),
        STALL_MS / faster + 20_000,
      );
      foundMs.push(performance.now() - startedMs);
      faults.resumeWatches();
      await mirror.untilEqual(cluster.widgets, slackMs + 5_000);
    }
    const slowestMs = Math.round(Math.max(...foundMs));
    assert.ok(slowestMs <= STALL_MS / faster + slackMs, `found after ${slowestMs} ms`);
    assert.equal(mirror.count('reflector_lists_total'), 1, 'it listed again');
    assert.equal(falseDeletes(mirror, writer.deletedUids), 0);
    return { silences: foundMs.length, foundMs: slowestMs, lists: 0, falseDeletes: 0, timesFaster: faster };
  },
};
