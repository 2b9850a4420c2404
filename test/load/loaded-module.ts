import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestCluster, eventually } from '@tinysystems/testing';
import { bundleProgram } from '../../tools/bundle.ts';
import { DEFAULT_LEASE, FaultProcess } from '../faults/fault-process.ts';

/** A node that works, behind an HTTP server of its own. */
export interface Worker {
  readonly name: string;
  readonly cpuMs?: number;
  readonly waitMs?: number;
  readonly concurrency?: { readonly max: number; readonly queue: number };
}

/** How often a load is repeated until memory has settled, and what it may still gain then, MiB. */
const MAX_ROUNDS = 8;
const SETTLED_MIB = 16;

/** One replica of the module of `load-module.ts`, in a process of its own, as the image runs it. */
export class LoadedModule implements AsyncDisposable {
  readonly #process: FaultProcess;
  readonly #cluster: TestCluster;
  readonly #stack: AsyncDisposableStack;

  private constructor(process: FaultProcess, cluster: TestCluster, stack: AsyncDisposableStack) {
    this.#process = process;
    this.#cluster = cluster;
    this.#stack = stack;
  }

  static async start(workers: readonly Worker[]): Promise<LoadedModule> {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'load-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const program = join(folder, 'load-module.js');
    await bundleProgram(join(import.meta.dirname, 'load-module.ts'), program);
    const cluster = stack.use(await TestCluster.start());
    for (const { name, cpuMs = 0, waitMs = 0, concurrency } of workers) {
      const module = 'load-module';
      await cluster.createNode(name, {
        module,
        component: 'work',
        settings: { cpuMs, waitMs },
        ...(concurrency !== undefined && { concurrency }),
      });
      await cluster.createNode(serverOf(name), {
        module,
        component: 'http_server',
        settings: { start: { host: '127.0.0.1', port: 0 } },
        edges: [{ id: 'work', port: 'request', to: name, toPort: 'in' }],
      });
    }
    const { kubeconfig } = cluster;
    const podName = 'load-module-0';
    const certificates = await cluster.certificatesOf('load-module');
    const options = { program, kubeconfig, podName, certificates, ledger: '/dev/null', lease: DEFAULT_LEASE };
    const process = stack.use(FaultProcess.start(options));
    await process.ready();
    return new LoadedModule(process, cluster, stack.move());
  }

  /** The port of a worker's HTTP server. */
  portOf(worker: string): Promise<number> {
    return eventually(
      async () => {
        const { status } = await this.#cluster.nodes.get(serverOf(worker));
        const port = Number(status?.metadata?.['port'] ?? 0);
        return port > 0 && port;
      },
      { timeoutMs: 30_000, intervalMs: 50 },
    );
  }

  /** What the process has of the machine's memory. */
  async rssMiB(): Promise<number> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  /**
   * Repeats a load until it takes no more memory: code is compiled then, and connections and heap are as many and as
   * large as they will be.
   *
   * @returns what the process has then, MiB.
   * @throws Error when it goes on growing.
   */
  async settledMiB(load: () => Promise<unknown>): Promise<number> {
    const seenMiB = [await this.rssMiB()];
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      await load();
      const [beforeMiB = 0, afterMiB] = [seenMiB.at(-1), await this.rssMiB()];
      seenMiB.push(afterMiB);
      if (afterMiB - beforeMiB < SETTLED_MIB) return afterMiB;
    }
    throw new Error(`memory goes on growing under the same load: ${seenMiB.map(Math.round).join(', ')} MiB`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }
}

function serverOf(worker: string): string {
  return `${worker}-server`;
}
