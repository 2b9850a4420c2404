import assert from 'node:assert/strict';
import type { Measures, Scale } from './fault.ts';
import type { FaultProcess } from './fault-process.ts';
import { DOORS, WORKERS, Wire, order } from './wire.ts';
import { WireLoad, balance, demandBegunOnce, pause } from './wire-load.ts';
import type { Outcome } from './wire-order.ts';

/** How long a soak takes, and who hears how far it is. */
export interface SoakOptions {
  readonly durationMs: number;
  readonly random: Scale['random'];
  readonly onProgress?: (line: string) => void;
}

const PROGRESS_MS = 10_000;
/** Numbers of the calls of each load. */
const [AGAIN_FROM, BURST_FROM] = [1e9, 2e9];
const BURST = 3_000;
/** What a call may end with while such things happen; a permanent error would tell the caller a lie. */
const PASSING = new Set(['Transient', 'Overloaded', 'Timeout', 'Cancelled']);

/**
 * Runs two modules under load, does something random to them all the time, and balances the ledger: every call whose
 * caller lives was answered or failed with a typed error of a passing kind, and none was begun twice at one attempt.
 */
export async function soak(options: SoakOptions): Promise<Measures> {
  const { wire, doors, workers } = await Wire.start({ doors: 2, workers: 3 });
  await using _ = wire;
  const world = new World(wire, { doors: [...doors], workers: [...workers] }, options.random);
  const shared = { doors: () => world.doors, atOnce: 8, holdMs: 5, pauseMs: 10, calls: 50 };
  const once = new WireLoad({ ...shared, port: 'once' });
  const again = new WireLoad({ ...shared, port: 'again', from: AGAIN_FROM });
  {
    await using _once = once;
    await using _again = again;
    await once.more(200);
    await world.trouble(options, () => `${once.ended + again.ended} calls`);
  }
  const began = await wire.began();
  const first = balance([...once.outcomes, ...world.bursts], began);
  const second = balance(again.outcomes, began, again.outcomes.length);
  demandBegunOnce(once.lost, began);
  for (const { n, kind, code, text } of [...first.failed, ...second.failed])
    assert.ok(PASSING.has(kind ?? ''), `call ${n} failed with ${kind} ${code}: ${text}`);
  assert.ok(first.answered > 0 && second.answered > 0, 'no call was answered');
  return {
    faults: JSON.stringify(Object.fromEntries(world.done)),
    calls: first.calls,
    answered: first.answered,
    failed: first.failed.length,
    ranTwice: first.repeated,
    retriedCalls: second.calls,
    retriedAnswered: second.answered,
    retriedFailed: second.failed.length,
    failures: JSON.stringify(Object.fromEntries(byCode([...first.failed, ...second.failed]))),
    ordersLostWithTheirCaller: once.lost.length + again.lost.length,
  };
}

function byCode(failed: readonly Outcome[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { code = '' } of failed) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}

/** The modules, and what can happen to them. */
class World {
  readonly doors: FaultProcess[];
  readonly bursts: Outcome[] = [];
  /** How often each thing was done. */
  readonly done = new Map<string, number>();
  readonly #wire: Wire;
  readonly #workers: FaultProcess[];
  readonly #random: () => number;
  #burst = BURST_FROM;

  constructor(
    wire: Wire,
    { doors, workers }: { doors: FaultProcess[]; workers: FaultProcess[] },
    random: () => number,
  ) {
    this.#wire = wire;
    this.doors = doors;
    this.#workers = workers;
    this.#random = random;
  }

  /** Does one thing after the other until the time is over. */
  async trouble({ durationMs, onProgress }: SoakOptions, progress: () => string): Promise<void> {
    const startedMs = performance.now();
    let toldMs = startedMs;
    const things = Object.entries(this.#things());
    while (performance.now() - startedMs < durationMs) {
      const [name, act] = things[Math.floor(this.#random() * things.length)] as (typeof things)[number];
      await act();
      this.done.set(name, (this.done.get(name) ?? 0) + 1);
      await pause(this.#random() * 1_000);
      if (performance.now() - toldMs < PROGRESS_MS) continue;
      toldMs = performance.now();
      onProgress?.(
        `${Math.round((toldMs - startedMs) / 1_000)} s: ${progress()}, ${JSON.stringify(Object.fromEntries(this.done))}`,
      );
    }
  }

  #things(): Readonly<Record<string, () => Promise<void>>> {
    return {
      killWorker: () => this.#replace(WORKERS, this.#workers, 'SIGKILL'),
      killDoor: () => this.#replace(DOORS, this.doors, 'SIGKILL'),
      restartWorker: () => this.#replace(WORKERS, this.#workers, 'SIGTERM'),
      restartDoor: () => this.#replace(DOORS, this.doors, 'SIGTERM'),
      pauseWorker: () => this.#pause(),
      dropWatches: async () => void this.#wire.replicas.cluster.controlPlane.faults.dropWatches(),
      burst: () => this.#overload(),
      changeSpec: () => this.#changeSpec(),
    };
  }

  /** Another process takes the place of one that ends; a door is ordered nothing from before it is told to. */
  async #replace(module: string, replicas: FaultProcess[], signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const index = Math.floor(this.#random() * replicas.length);
    const old = replicas[index] as FaultProcess;
    if (signal === 'SIGTERM') replicas.splice(index, 1);
    old.signal(signal);
    await old.exited();
    const young = await this.#wire.add(module, old.podName);
    if (signal === 'SIGTERM') replicas.push(young);
    else replicas[index] = young;
  }

  async #pause(): Promise<void> {
    const worker = this.#workers[Math.floor(this.#random() * this.#workers.length)];
    worker?.signal('SIGSTOP');
    await pause(200 + this.#random() * 2_000);
    worker?.signal('SIGCONT');
  }

  /** More at once than the workers have places for. */
  async #overload(): Promise<void> {
    const door = this.doors[Math.floor(this.#random() * this.doors.length)] as FaultProcess;
    const from = this.#burst;
    this.#burst += BURST;
    this.bursts.push(...(await order(door, { from, count: BURST, atOnce: BURST, port: 'once', holdMs: 20 })));
  }

  async #changeSpec(): Promise<void> {
    const { nodes } = this.#wire.replicas.cluster;
    await nodes.patch('worker', {
      spec: { concurrency: { max: 16 + Math.floor(this.#random() * 1_000), queue: 64 } },
    });
    await nodes.patch('door', { metadata: { annotations: { changed: String(this.#random()) } } });
  }
}
