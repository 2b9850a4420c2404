import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestCluster, eventually } from '@tinysystems/testing';
import { bundleProgram } from '../../tools/bundle.ts';
import { FaultProcess, type LeaseTimes } from './fault-process.ts';
import { grant } from './rights.ts';

const PROGRAM = 'fault-module.ts';

/** A line of the ledger: a tick of leader-only work, or a signal. */
interface Entry {
  readonly tick?: number;
  readonly signal?: number;
  /** When a tick was emitted, on the clock of all processes of the machine. */
  readonly atMs?: number;
}

/** Two replicas or more of one module on a control plane, with a ledger of what they did. */
export class Replicas implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly #stack: AsyncDisposableStack;
  readonly #folder: string;
  readonly #lease: LeaseTimes;
  readonly #program: string;
  #started = 0;
  #signals = 0;

  private constructor(
    cluster: TestCluster,
    {
      folder,
      lease,
      program,
    }: { readonly folder: string; readonly lease: LeaseTimes; readonly program: string },
    stack: AsyncDisposableStack,
  ) {
    this.cluster = cluster;
    this.#folder = folder;
    this.#lease = lease;
    this.#program = program;
    this.#stack = stack;
  }

  /** Starts the cluster, and no replica. @param program - a file of this folder that runs a module. */
  static async open(lease: LeaseTimes, program = PROGRAM): Promise<Replicas> {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'fault-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    // Each replica is a user of its own, so that what it asked for can be told apart.
    const cluster = stack.use(await TestCluster.start({ rbac: true }));
    // One file, as in the image: it starts in a fraction of the time that the sources take.
    const bundle = await bundleProgram(join(import.meta.dirname, program), join(folder, 'module.js'));
    const replicas = new Replicas(cluster, { folder, lease, program: bundle }, stack.move());
    await replicas.allowAll();
    return replicas;
  }

  /** Starts the cluster, one replica, and the nodes: a ticker that writes to a ledger, and a blocker. */
  static async start(lease: LeaseTimes): Promise<{ replicas: Replicas; first: FaultProcess }> {
    const replicas = await Replicas.open(lease);
    const { cluster } = replicas;
    const first = await replicas.add();
    await first.logged('leading');
    await cluster.createNode('ledger', { module: 'fault-module', component: 'ledger' });
    await cluster.createNode('blocker', { module: 'fault-module', component: 'blocker' });
    await cluster.createNode('ticker', {
      module: 'fault-module',
      component: 'ticker',
      edges: [{ id: 'note', port: 'out', to: 'ledger', toPort: 'in' }],
    });
    await eventually(() => cluster.ready('ledger', 'blocker', 'ticker').then(() => true), {
      timeoutMs: 30_000,
    });
    return { replicas, first };
  }

  /** Starts another replica under a new name, or again under an old one, and waits until it is ready. */
  async add({
    module,
    podName,
  }: { readonly module?: string; readonly podName?: string } = {}): Promise<FaultProcess> {
    const replica = await this.begin(module, podName ?? `${module ?? 'fault-module'}-${this.#started}`);
    await replica.ready();
    return replica;
  }

  /** Starts a replica, and does not wait for it. */
  async begin(module: string | undefined, podName: string): Promise<FaultProcess> {
    this.#started += 1;
    const kubeconfig = join(this.#folder, `${podName}.kubeconfig`);
    const { kubeconfig: text } = this.cluster.controlPlane.issueToken({ user: podName });
    await writeFile(kubeconfig, text, { mode: 0o600 });
    const replica = this.#stack.use(
      FaultProcess.start({
        program: this.#program,
        ...(module !== undefined && { module }),
        kubeconfig,
        podName,
        certificates: await this.cluster.certificatesOf(module ?? 'fault-module'),
        ledger: this.ledgerFile,
        lease: this.#lease,
      }),
    );
    return replica;
  }

  /** The replicas may do everything. */
  allowAll(): Promise<void> {
    return grant(this.cluster.client, [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]);
  }

  /** The replicas may do everything but look at leases and write them. */
  forbidLeases(): Promise<void> {
    return grant(this.cluster.client, [
      { apiGroups: ['', 'operator.tinysystems.io'], resources: ['*'], verbs: ['*'] },
    ]);
  }

  /** Triggers the ledger again and again, until disposed. A signal counts once the API server has taken it. */
  load(everyMs: number): AsyncDisposable {
    const stop = new AbortController();
    const loop = this.#send(everyMs, stop.signal);
    return {
      async [Symbol.asyncDispose]() {
        stop.abort();
        await loop;
      },
    };
  }

  /** How many signals were taken. */
  get signals(): number {
    return this.#signals;
  }

  /** What the processes have noted until now. */
  ledger(): readonly Entry[] {
    const text = readFileSync(this.ledgerFile, 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Entry);
  }

  /** Waits until every signal that was taken is in the ledger. @returns how many are there more than once. */
  async demandAllDelivered(timeoutMs = 60_000): Promise<number> {
    const times = new Map<number, number>();
    await eventually(
      () => {
        times.clear();
        for (const { signal } of this.ledger())
          if (signal !== undefined) times.set(signal, (times.get(signal) ?? 0) + 1);
        const missing = Array.from({ length: this.#signals }, (_, n) => n).filter((n) => !times.has(n));
        assert.deepEqual(missing, [], 'signals that were taken and never delivered');
      },
      { timeoutMs, intervalMs: 200 },
    );
    return [...times.values()].filter((count) => count > 1).length;
  }

  /** Leader-only work of two processes must not overlap: once another has begun, a process ticks no more. */
  async demandOneLeaderAtATime(): Promise<number> {
    const ticks = this.ledger().filter(({ tick }) => tick !== undefined);
    ticks.sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
    const ended = new Set<number>();
    let leader: number | undefined;
    for (const { tick, atMs } of ticks) {
      if (tick === leader || tick === undefined) continue;
      assert.ok(!ended.has(tick), `process ${tick} did leader-only work at ${atMs} after another had begun`);
      if (leader !== undefined) ended.add(leader);
      leader = tick;
    }
    assert.ok(ticks.length > 0, 'no leader-only work was done');
    return ticks.length;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }

  async #send(everyMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const number = this.#signals;
      await this.cluster.createSignal(`signal-${number}`, {
        node: 'ledger',
        port: 'in',
        data: { signal: number },
        // A kill in mid delivery is tried again: what was taken must not be lost.
        backoffLimit: 5,
      });
      this.#signals += 1;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  /** Where all replicas note what they do. */
  get ledgerFile(): string {
    return join(this.#folder, 'ledger.jsonl');
  }
}

/** The value that a share of all, such as 0.99, does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN);
}
