import { type TinyTrackerStatus, findCondition } from '@tinysystems/api';
import { resourceType, type KubeObject } from '@tinysystems/kubernetes';
import { eventually } from '@tinysystems/testing';
import { FAST_LEASE } from '../faults/fault-process.ts';
import { Replicas } from '../faults/replicas.ts';

interface Lease extends KubeObject {
  readonly spec?: { readonly holderIdentity?: string };
}
const LEASE = resourceType<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
});
const PATIENCE = { timeoutMs: 30_000, intervalMs: 50 };

/** Two replicas in processes of their own, the first of which leads in everything, and a tracker of the node `mine`. */
async function tracked(stack: AsyncDisposableStack) {
  const { replicas, first } = await Replicas.start(FAST_LEASE);
  stack.use(replicas);
  const { cluster } = replicas;
  const second = await replicas.add();
  const holder = await cluster.client.resource(LEASE, 'default').get('tinysystems-flow-controller');
  expect(holder.spec?.holderIdentity).toBe(first.identity);
  await cluster.createNode('mine', { module: 'fault-module', component: 'ledger' });
  await cluster.ready('mine');
  await cluster.trackers.create({ metadata: { name: 't' }, spec: { node: 'mine' } });
  const until = (status: object) =>
    eventually(async () => {
      const now = (await cluster.trackers.get('t')).status;
      expect(now).toMatchObject(status);
      return now as TinyTrackerStatus;
    }, PATIENCE);
  let sent = 0;
  const send = async () => {
    const name = `s${sent}`;
    await cluster.createSignal(name, { node: 'mine', port: 'in', data: { signal: sent } });
    sent += 1;
    expect((await cluster.ended(name, 30_000)).status?.phase).toBe('Delivered');
  };
  await until({ phase: 'Active' });
  return { first, second, until, send };
}

describe('a TinyTracker of a module in several processes', () => {
  it('does not wait for a replica that hangs, says which, and asks it again when it is back', async () => {
    await using stack = new AsyncDisposableStack();
    const { second, until, send } = await tracked(stack);
    second.signal('SIGSTOP');
    await send();
    const partial = await until({ phase: 'Active', recorded: 1, conditions: [{}, { status: 'False' }] });
    expect(findCondition(partial.conditions, 'Complete')).toMatchObject({
      status: 'False',
      reason: 'ReplicaUnreachable',
      message: expect.stringContaining(second.identity) as string,
    });
    await send();
    await until({ recorded: 2, conditions: [{}, { status: 'False' }] });
    second.signal('SIGCONT');
    await until({ recorded: 2, conditions: [{}, { type: 'Complete', status: 'True' }] });
  }, 120_000);

  it('goes on under the next leader, and loses nothing of what the last one had counted', async () => {
    await using stack = new AsyncDisposableStack();
    const { first, second, until, send } = await tracked(stack);
    for (let n = 0; n < 3; n += 1) await send();
    const before = await until({ recorded: 3 });
    expect(before.traces).toHaveLength(3);
    first.signal('SIGKILL');
    await second.logged('leading');
    await send();
    const after = await until({ since: before.since, phase: 'Active', recorded: 4 });
    expect(after.traces).toHaveLength(4);
    expect(after.traces?.slice(1)).toEqual(before.traces);
    expect(after.replicas?.map(({ pod, recorded }) => [pod, recorded])).toEqual([
      [first.identity, 3],
      [second.identity, 1],
    ]);
  }, 120_000);
});
