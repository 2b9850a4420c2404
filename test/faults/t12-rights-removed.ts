import assert from 'node:assert/strict';
import { type KubeObject, loadClusterConfig, resourceType, systemClock } from '@tinysystems/kubernetes';
import { Cluster, eventually, WIDGET } from '../integration/kubernetes-cluster.ts';
import type { Fault, Measures, Scale } from './fault.ts';
import { falseDeletes, InformerMirror } from './informer-mirror.ts';
import { ScaledClock } from './scaled-clock.ts';
import { WidgetWriter } from './widget-writer.ts';

/** The longest wait between two tries, and a little for the try itself. */
const RECOVERY_MS = 32_000;
const AWAY_MS = 60_000;

export const rightsRemoved: Fault = {
  id: 'T12',
  title: 'the right to read a resource is taken away, and given back',
  target: 'the cache keeps what it has, says so once, does not press, and recovers within the longest wait',
  run: takeAway,
};

interface RbacObject extends KubeObject {
  readonly rules?: readonly object[];
  readonly roleRef?: object;
  readonly subjects?: readonly object[];
}

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: true };
const ROLE = resourceType<RbacObject>({ ...RBAC, kind: 'Role', plural: 'roles' });
const BINDING = resourceType<RbacObject>({ ...RBAC, kind: 'RoleBinding', plural: 'rolebindings' });
const NAMED = { metadata: { name: 'widget-reader', namespace: 'default' } };
const READER: RbacObject = {
  ...NAMED,
  rules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get', 'list', 'watch'] }],
};
const GRANT: RbacObject = {
  ...NAMED,
  roleRef: { apiGroup: RBAC.group, kind: 'Role', name: 'widget-reader' },
  subjects: [{ apiGroup: RBAC.group, kind: 'User', name: 'reader' }],
};

async function takeAway(scale: Scale): Promise<Measures> {
  const { random } = scale;
  const [rounds, faster] = scale.of([1, 30], [3, 1]);
  // Among other suites a busy machine may hold up anything for seconds.
  const deadlineMs = RECOVERY_MS / faster + scale.of(15_000, 1_000);
  await using cluster = await Cluster.start({ rbac: true });
  const admin = cluster.connect();
  const bindings = admin.resource(BINDING, 'default');
  await admin.resource(ROLE, 'default').create(READER);
  await bindings.create(GRANT);
  const { token } = cluster.controlPlane.issueToken({ user: 'reader' });
  const config = {
    ...loadClusterConfig({ kubeconfig: cluster.kubeconfig }),
    authorization: () => Promise.resolve(`Bearer ${token}`),
  };
  const client = cluster.connect(undefined, { config }).resource(WIDGET, 'default');
  const clock = scale.of(new ScaledClock(faster), systemClock);
  await using mirror = new InformerMirror({ client, random, clock });
  await mirror.informer.waitForSync(AbortSignal.timeout(10_000));
  const writer = new WidgetWriter(cluster.widgets, random);
  await writer.change(30);
  await mirror.untilEqual(cluster.widgets, 20_000);

  const recoveriesMs: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const known = mirror.informer.lister.list();
    const [refused, told, lines] = [refusals(mirror), mirror.deletedUids.length, mirror.logLines];
    await bindings.delete('widget-reader');
    cluster.controlPlane.faults.dropWatches();
    await eventually(() => assert.ok(refusals(mirror) > refused, 'nothing was refused'), deadlineMs);
    await writer.change(20);
    const pause = new AbortController();
    await systemClock.sleep(AWAY_MS / faster, pause.signal);
    assert.deepEqual(mirror.informer.lister.list(), known, 'the cache lost what it had');
    assert.equal(mirror.deletedUids.length, told, 'a deletion was told');
    assert.ok(mirror.logLines - lines <= 2, `${mirror.logLines - lines} lines were logged`);
    assert.ok(refusals(mirror) - refused <= 12, `${refusals(mirror) - refused} requests were refused`);
    await bindings.create(GRANT);
    recoveriesMs.push((await mirror.untilEqual(cluster.widgets, deadlineMs)) * faster);
  }
  assert.equal(falseDeletes(mirror, writer.deletedUids), 0);
  return {
    rounds,
    refused: refusals(mirror),
    logLines: mirror.logLines,
    falseDeletes: 0,
    recoveredMs: Math.round(Math.max(...recoveriesMs)),
    timesFaster: faster,
  };
}

function refusals(mirror: InformerMirror): number {
  return mirror.count('reflector_failures_total refused');
}
