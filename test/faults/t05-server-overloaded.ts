import assert from 'node:assert/strict';
import type { Faults, RecordedRequest } from '@tinysystems/control-plane';
import { Controller, desiredStateChanged, Informer, Manager, parseKey } from '@tinysystems/kubernetes';
import type { ResourceClient } from '@tinysystems/kubernetes';
import {
  Cluster,
  eventually,
  running,
  type Widget,
  WIDGET,
  widget,
} from '../integration/kubernetes-cluster.ts';
import type { Fault, Measures, Scale } from './fault.ts';

/** Of each of 429, 503 and 500; together they hit 30 % of the requests. */
const SHARE_OF_EACH = 0.112;
const RETRY_AFTER_S = 1;
/** A timer and the clock of the server may differ by this. */
const TOLERANCE_MS = 50;
/** Requests of the operator alone: the test itself lists without a query and patches no status. */
const OPERATOR = /\/widgets(\?|\/.*\/status$)/;

export const serverOverloaded: Fault = {
  id: 'T5',
  title: 'the server answers 30 % of all requests with 429 or 5xx',
  target: 'Retry-After kept; at most 1.2 times the requests that the failures make necessary; convergence',
  run: overload,
};

async function overload(scale: Scale): Promise<Measures> {
  const [objects, rounds] = scale.of([20, 2], [100, 10]);
  await using cluster = await Cluster.start();
  const { faults } = cluster.controlPlane;
  const names = Array.from({ length: objects }, (_, at) => `w${at}`);
  for (const name of names) await cluster.widgets.create(widget(name));
  await using _ = running(operatorOf(cluster.connect().resource(WIDGET, 'default')));
  await untilReady(cluster);

  const ends = ([429, 503, 500] as const).map((status) => failSome(faults, status, scale.random));
  const sinceMs = Date.now();
  const roundsMs: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const startedMs = performance.now();
    for (const name of names) await cluster.widgets.patch(name, { spec: { size: round + 1 } });
    faults.dropWatches();
    await untilReady(cluster);
    roundsMs.push(performance.now() - startedMs);
  }
  for (const end of ends) end();

  const requests = faults.requests.filter(({ at, path }) => at >= sinceMs && OPERATOR.test(path));
  const failed = requests.filter(({ status = 0 }) => status >= 429).length;
  const early = tooEarly(requests);
  const writes = requests.filter(({ method }) => method === 'PUT');
  const necessary = rounds * objects + writes.filter(({ status = 0 }) => status >= 429).length;
  assert.ok(failed >= requests.length * 0.15, `only ${failed} of ${requests.length} requests failed`);
  assert.equal(early, 0, `${early} requests came before the time that Retry-After gave`);
  assert.ok(writes.length <= 1.2 * necessary, `${writes.length} writes where ${necessary} were necessary`);
  const slowestRoundMs = Math.round(Math.max(...roundsMs));
  return {
    objects,
    rounds,
    requests: requests.length,
    failed,
    writes: writes.length,
    necessary,
    slowestRoundMs,
  };
}

function failSome(faults: Faults, status: 429 | 503 | 500, random: () => number): () => void {
  return faults.failNext({
    status,
    count: Number.MAX_SAFE_INTEGER,
    path: OPERATOR,
    when: () => random() < SHARE_OF_EACH,
    ...(status === 429 && { retryAfterS: RETRY_AFTER_S }),
  });
}

/** How many requests were sent again sooner than the answer before asked for. */
function tooEarly(requests: readonly RecordedRequest[]): number {
  const permittedMs = new Map<string, number>();
  let early = 0;
  for (const { path, at, status } of requests) {
    const [what = ''] = path.split('?');
    if (at + TOLERANCE_MS < (permittedMs.get(what) ?? 0)) early += 1;
    permittedMs.set(what, status === 429 ? at + RETRY_AFTER_S * 1_000 : 0);
  }
  return early;
}

/** Copies `spec.size` to `status.seen`. */
function operatorOf(widgets: ResourceClient<Widget>): Manager {
  const informer = new Informer<Widget>({ client: widgets });
  const controller = new Controller({
    name: 'widgets',
    reconcile: async (key, signal) => {
      const { namespace, name } = parseKey(key);
      const object = informer.lister.get(namespace, name);
      if (object === undefined || object.status?.seen === object.spec?.size) return;
      const { size = 0 } = object.spec ?? {};
      await widgets.replaceStatus({ ...object, status: { seen: size } }, { signal });
    },
  }).watch(informer, { predicate: desiredStateChanged });
  return new Manager().add(informer, { group: 'cache' }).add(controller);
}

async function untilReady(cluster: Cluster): Promise<void> {
  await eventually(async () => {
    const { items } = await cluster.widgets.list();
    assert.deepEqual(
      items.filter(({ spec, status }) => status?.seen !== spec?.size).map(({ metadata }) => metadata.name),
      [],
    );
  }, 120_000);
}
