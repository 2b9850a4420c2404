import assert from 'node:assert/strict';
import { Cluster, eventually, WIDGET } from '../integration/kubernetes-cluster.ts';
import type { Fault, Measures, Scale } from './fault.ts';
import { GarblingProxy } from './garbling-proxy.ts';
import { falseDeletes, InformerMirror } from './informer-mirror.ts';
import { ScaledClock } from './scaled-clock.ts';
import { WidgetWriter } from './widget-writer.ts';

const HALF_EVENT = '{"type":"MODIFIED","object":{"apiVersion":"example.com/v1","kind":"Widg';
const LONG = 8 * 1024 * 1024;
/** Waits grow to 30 s while garbage comes again and again; the test need not wait for that. */
const TIMES_FASTER = 50;

type Garbage = readonly [what: string, garble: (proxy: GarblingProxy, random: () => number) => void];

const GARBAGE: readonly Garbage[] = [
  ['half a JSON event, then the end', (proxy) => proxy.inject(HALF_EVENT, 'end')],
  ['half a JSON event, then a cut', (proxy) => proxy.inject(HALF_EVENT, 'cut')],
  ['half a JSON event as a line', (proxy) => proxy.inject(`${HALF_EVENT}\n`)],
  ['a page of a proxy', (proxy) => proxy.inject('<html><body>502 Bad Gateway</body></html>\n')],
  ['an event of nothing', (proxy) => proxy.inject('{"type":"DELETED","object":null}\n')],
  ['a line of 8 MiB without an end', (proxy) => proxy.inject('x'.repeat(LONG))],
  ['an event of 8 MiB', (proxy) => proxy.inject(`{"type":"ADDED","object":{"x":"${'x'.repeat(LONG)}"}}\n`)],
  ['random bytes', (proxy, random) => proxy.inject(`${randomText(random)}\n`)],
  [
    'garbage, then half a list',
    (proxy) => {
      proxy.truncateNextList();
      proxy.inject('}{\n');
    },
  ],
];

export const garbage: Fault = {
  id: 'T6',
  title: 'a watch sends half JSON, a line of 8 MiB, garbage; a list is cut off',
  target: 'counted, watched again, nothing missed, no false delete, no exit',
  run: garble,
};

async function garble(scale: Scale): Promise<Measures> {
  const { random } = scale;
  const rounds = scale.of(1, 20);
  await using cluster = await Cluster.start();
  await using proxy = await GarblingProxy.start(cluster.controlPlane);
  const client = cluster.connect(proxy.url).resource(WIDGET, 'default');
  await using mirror = new InformerMirror({ client, random, clock: new ScaledClock(TIMES_FASTER) });
  await mirror.informer.waitForSync(AbortSignal.timeout(10_000));
  const writer = new WidgetWriter(cluster.widgets, random);
  const slowest = { what: '', ms: 0 };
  for (let round = 0; round < rounds; round += 1) {
    for (const [what, send] of GARBAGE) {
      await eventually(() => assert.equal(proxy.openWatches, 1));
      const before = counted(mirror);
      const changing = writer.change(5);
      send(proxy, random);
      await changing;
      await eventually(() => assert.ok(counted(mirror) > before, `${what} was not counted`));
      const ms = await mirror.untilEqual(cluster.widgets, 10_000);
      if (ms > slowest.ms) Object.assign(slowest, { what, ms: Math.round(ms) });
    }
  }
  assert.equal(falseDeletes(mirror, writer.deletedUids), 0);
  const [garbled, halfLines] = ['garbled', 'half_line'].map((reason) =>
    mirror.count(`reflector_failures_total ${reason}`),
  );
  return {
    sent: rounds * GARBAGE.length,
    garbled: garbled ?? 0,
    halfLines: halfLines ?? 0,
    falseDeletes: 0,
    slowestMs: slowest.ms,
    timesFaster: TIMES_FASTER,
  };
}

function counted(mirror: InformerMirror): number {
  return (
    mirror.count('reflector_failures_total garbled') + mirror.count('reflector_failures_total half_line')
  );
}

/** Any characters but line breaks. */
function randomText(random: () => number): string {
  const codes = Array.from({ length: 1_000 }, () => 32 + Math.floor(random() * 0xd000));
  return String.fromCharCode(...codes);
}
