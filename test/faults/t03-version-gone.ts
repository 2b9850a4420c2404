import assert from 'node:assert/strict';
import { systemClock } from '@tinysystems/kubernetes';
import { Cluster, eventually, WIDGET } from '../integration/kubernetes-cluster.ts';
import type { Fault, Measures, Scale } from './fault.ts';
import { falseDeletes, InformerMirror } from './informer-mirror.ts';
import { ScaledClock } from './scaled-clock.ts';
import { WidgetWriter } from './widget-writer.ts';

const STORM_MS = 60_000;
const MIN_LIST_INTERVAL_MS = 2_000;
/** Lists of widgets, not watches. */
const LIST = /\/widgets\?(?!.*watch=)/;
const WATCH = /\/widgets\?.*watch=/;

export const versionGone: Fault = {
  id: 'T3',
  title: 'the version is gone: 410 within a watch, 410 on opening one, and a storm of 410 for 60 s',
  target: 'another list each time, at most 1 every 2 s; the differences told; no crash',
  run: storm,
};

async function storm(scale: Scale): Promise<Measures> {
  const { random } = scale;
  const faster = scale.of(20, 1);
  // 2 s are 100 ms then, and the arrival of a request is held up by more than 5 of them.
  const tolerance = scale.of(0.5, 0.95);
  const clock = scale.of(new ScaledClock(faster), systemClock);
  await using cluster = await Cluster.start();
  const reader = cluster.connect();
  await using mirror = new InformerMirror({ client: reader.resource(WIDGET, 'default'), random, clock });
  await mirror.informer.waitForSync(AbortSignal.timeout(10_000));
  const writer = new WidgetWriter(cluster.widgets, random);
  const { faults } = cluster.controlPlane;

  faults.pauseWatches();
  await writer.change(50);
  faults.compact();
  faults.resumeWatches(); // It goes on from a version that is forgotten: 410 within the stream.
  await mirror.untilEqual(cluster.widgets, 20_000);
  const inBand = mirror.count('reflector_failures_total gone');
  assert.ok(inBand >= 1, 'no 410 came within the watch');

  const endStorm = faults.failNext({ count: 1_000_000, status: 410, path: WATCH });
  faults.dropWatches();
  const startedMs = performance.now();
  const sinceMs = Date.now();
  while (performance.now() - startedMs < STORM_MS / faster) await writer.change(5);
  endStorm();
  const convergedMs = await mirror.untilEqual(cluster.widgets, 32_000 / faster + 20_000);
  await eventually(() =>
    assert.ok(faults.requests.some(({ path, status }) => WATCH.test(path) && status === 200)),
  );

  const onOpen = mirror.count('reflector_failures_total gone') - inBand;
  const listedAt = faults.requests
    .filter(
      ({ method, path, at, user }) => method === 'GET' && LIST.test(path) && at >= sinceMs && user !== '',
    )
    .filter(({ path }) => path.includes('limit=500'))
    .map(({ at }) => at);
  const gaps = listedAt.slice(1).map((at, index) => at - (listedAt[index] ?? 0));
  const shortestMs = Math.min(...gaps) * faster;
  assert.ok(onOpen >= 3, `only ${onOpen} watches were refused as gone`);
  assert.ok(shortestMs >= MIN_LIST_INTERVAL_MS * tolerance, `two lists within ${shortestMs} ms`);
  assert.equal(falseDeletes(mirror, writer.deletedUids), 0);
  return {
    inBand,
    onOpen,
    lists: listedAt.length,
    shortestMs,
    convergedMs: Math.round(convergedMs),
    timesFaster: faster,
  };
}
