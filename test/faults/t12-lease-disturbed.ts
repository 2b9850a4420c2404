import assert from 'node:assert/strict';
import { EVENT, LEASE } from '@tinysystems/kubernetes';
import { eventually } from '@tinysystems/testing';
import type { Fault } from './fault.ts';
import { DEFAULT_LEASE, type FaultProcess, LEASE_NAME } from './fault-process.ts';
import { Replicas } from './replicas.ts';

const RETRY_MS = DEFAULT_LEASE.retryS * 1.2 * 1000;
/** The renewal that shows it and one retry; the rest is for a machine that does other things, too. */
const STEP_DOWN_LIMIT_MS = 2 * RETRY_MS + 2_000;
/** How long the thief's lease lasts, seconds. */
const THEFT_S = 3;

export const leaseDisturbed: Fault = {
  id: 'T12',
  title: 'the lease is stolen, edited and deleted, and the right to write it is taken away',
  target: 'the leader steps down within one retry and says so; it leads again when it can',
  async run(scale) {
    const { replicas, first } = await Replicas.start(DEFAULT_LEASE);
    await using _ = replicas;
    const leases = replicas.cluster.client.resource(LEASE, 'default');
    const disturbances: readonly Disturbance[] = [
      {
        what: 'stolen',
        begin: async () => {
          const spec = { holderIdentity: 'thief', leaseDurationSeconds: THEFT_S };
          await leases.patch(LEASE_NAME, { spec });
        },
      },
      {
        what: 'edited',
        begin: async () =>
          void (await leases.patch(LEASE_NAME, { spec: { holderIdentity: null, renewTime: null } })),
      },
      { what: 'deleted', begin: async () => void (await leases.delete(LEASE_NAME)) },
      {
        what: 'forbidden',
        begin: () => replicas.forbidLeases(),
        demand: () => demandEvent(replicas),
        end: () => replicas.allowAll(),
      },
    ];
    const slowest: Record<string, number> = {};
    for (let round = 0; round < scale.of(1, 25); round += 1) {
      for (const disturbance of disturbances) {
        const name = `${disturbance.what}StepDownMs`;
        const tookMs = await disturb(replicas, first, disturbance);
        slowest[name] = Math.max(slowest[name] ?? 0, Math.round(tookMs));
      }
    }
    const epoch = (await replicas.cluster.modules.get('fault-module')).status?.leaderEpoch ?? 0;
    assert.equal(epoch, first.count('leading'), 'each time it leads again is a term');
    return { rounds: scale.of(1, 25), ...slowest };
  },
};

interface Disturbance {
  readonly what: string;
  readonly begin: () => Promise<void>;
  /** What must be seen before it ends. */
  readonly demand?: () => Promise<void>;
  readonly end?: () => Promise<void>;
}

/** @returns how long it took to step down, milliseconds. */
async function disturb(
  { cluster }: Replicas,
  leader: FaultProcess,
  { what, begin, demand, end }: Disturbance,
): Promise<number> {
  const nth = leader.count('leadership lost') + 1;
  const startedMs = performance.now();
  await begin();
  const tookMs = (await leader.logged('leadership lost', { nth })) - startedMs;
  assert.ok(tookMs < STEP_DOWN_LIMIT_MS, `${what}: it stepped down after ${tookMs} ms`);
  await leader.logged('no longer leading', { nth });
  // It says so in its own entry of the TinyModule, or it leads again before that was written.
  await eventually(
    async () => {
      const [entry] = (await cluster.modules.get('fault-module')).status?.endpoints ?? [];
      return entry?.leader === false || leader.count('leading') > nth;
    },
    { timeoutMs: 10_000, intervalMs: 5 },
  );
  await demand?.();
  await end?.();
  await leader.logged('leading', { nth: nth + 1 });
  await eventually(
    async () => (await cluster.modules.get('fault-module')).status?.endpoints?.[0]?.leader === true,
    { timeoutMs: 10_000, intervalMs: 20 },
  );
  return tookMs;
}

async function demandEvent({ cluster }: Replicas): Promise<void> {
  await eventually(
    async () => {
      const { items } = await cluster.client.resource(EVENT, 'default').list();
      return items.some(
        ({ reason, type, involvedObject, message = '' }) =>
          reason === 'LeaseRefused' &&
          type === 'Warning' &&
          involvedObject.kind === 'TinyModule' &&
          message.includes('nobody can lead'),
      );
    },
    { timeoutMs: 20_000, intervalMs: 50 },
  );
}
