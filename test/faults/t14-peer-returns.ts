import assert from 'node:assert/strict';
import { eventually } from '@tinysystems/testing';
import type { Fault, Scale } from './fault.ts';
import type { FaultProcess } from './fault-process.ts';
import { WORKERS, Wire, machineMs, order } from './wire.ts';
import { WireLoad, balance, demandNoneFailed, pause } from './wire-load.ts';

const FIRST_DELIVERY_MS = 1_000;
const SCALE_OUT_MS = 2_000;
/** On a machine that other suites share. */
const SHORT_LIMIT_MS = 20_000;
const BURST = 1_000;

export const peerReturns: Fault = {
  id: 'T14',
  title:
    'the only replica is away and comes back; one of two is; a third one is added; one is gone before calls are sent',
  target:
    'first call within 1 s of being ready, and within 2 s for a new one; what was not sent goes to another replica, and nobody notices',
  async run(scale) {
    const { wire, doors, workers } = await Wire.start({ workers: 1 });
    await using _ = wire;
    const [door, worker] = [doors[0], workers[0]] as [FaultProcess, FaultProcess];
    const outagesMs = scale.of([2_000], [5_000, 30_000, 600_000]);
    const load = new WireLoad({
      doors: () => doors,
      port: 'once',
      holdMs: 2,
      atOnce: 4,
      calls: 8,
      pauseMs: 20,
    });
    await using _load = load;
    await load.more(50);
    const alone: number[] = [];
    let only = worker;
    for (const outageMs of outagesMs) {
      only.signal('SIGKILL');
      await pause(outageMs);
      only = await wire.add(WORKERS, only.podName);
      alone.push(await firstDeliveryMs(wire, only));
    }
    const added = await addReplicas(scale, wire);
    const returned = await returnReplica(scale, wire, added.last);
    const atOnce = await callWithDeadReplica(wire, door, returned.last);
    await load[Symbol.asyncDispose]();
    const { failed, calls } = balance(load.outcomes, await wire.began());
    for (const { n, kind, text } of failed) assert.equal(kind, 'Transient', `call ${n}: ${text}`);
    const limits = [
      scale.of(SHORT_LIMIT_MS, FIRST_DELIVERY_MS),
      scale.of(SHORT_LIMIT_MS, SCALE_OUT_MS),
    ] as const;
    demandWithin([...alone, ...returned.tookMs], limits[0]);
    demandWithin(added.tookMs, limits[1]);
    return {
      outagesMs: outagesMs.join('+'),
      firstDeliveryMs: alone.map(Math.round).join('+'),
      scaleOutMs: Math.round(Math.max(...added.tookMs)),
      returnedMs: Math.round(Math.max(...returned.tookMs)),
      unsentMovedOn: atOnce,
      calls,
      failedWhileAway: failed.length,
    };
  },
};

interface Taken {
  readonly tookMs: readonly number[];
  readonly last: FaultProcess;
}

async function addReplicas(scale: Scale, wire: Wire): Promise<Taken> {
  const tookMs: number[] = [];
  let last = await wire.add(WORKERS);
  tookMs.push(await firstDeliveryMs(wire, last));
  for (let round = 1; round < scale.of(1, 5); round += 1) {
    last = await wire.add(WORKERS);
    tookMs.push(await firstDeliveryMs(wire, last));
  }
  return { tookMs, last };
}

/** Others are there all the time. */
async function returnReplica(scale: Scale, wire: Wire, replica: FaultProcess): Promise<Taken> {
  const tookMs: number[] = [];
  let last = replica;
  for (let round = 0; round < scale.of(1, 20); round += 1) {
    last.signal('SIGKILL');
    last = await wire.add(WORKERS, last.podName);
    tookMs.push(await firstDeliveryMs(wire, last));
  }
  return { tookMs, last };
}

/** The replica is on the list of replicas still, and its connection is gone: none of the calls may fail for it. */
async function callWithDeadReplica(wire: Wire, door: FaultProcess, dead: FaultProcess): Promise<number> {
  dead.signal('SIGKILL');
  await dead.exited();
  const call = { port: 'once', holdMs: 0, atOnce: 64 } as const;
  // The door has heard of it when it has made one call after the other replica's answer.
  await order(door, { ...call, port: 'again', from: 2e9, count: 1 });
  const outcomes = await order(door, { ...call, from: 3e9, count: BURST });
  const balanced = balance(outcomes, await wire.began());
  demandNoneFailed(balanced, 'calls failed for a replica that was not sent any', wire);
  const { status } = await wire.replicas.cluster.modules.get(WORKERS);
  assert.ok(
    status?.endpoints?.some(({ pod }) => pod === dead.identity),
    'it is off the list by now',
  );
  return balanced.answered;
}

/** From being ready to the first call that it began. */
async function firstDeliveryMs(wire: Wire, replica: FaultProcess): Promise<number> {
  const readyMs = machineMs();
  return eventually(
    async () => {
      const first = (await wire.began()).find(({ pid }) => pid === replica.pid);
      assert.ok(first !== undefined, `${replica.podName} got no call`);
      return Math.max(0, first.atMs - readyMs);
    },
    { timeoutMs: 60_000, intervalMs: 20 },
  );
}

function demandWithin(tookMs: readonly number[], limitMs: number): void {
  assert.ok(
    Math.max(...tookMs) < limitMs,
    `the first call came after ${tookMs.map(Math.round).join(', ')} ms`,
  );
}
