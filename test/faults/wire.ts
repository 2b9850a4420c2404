import { readFile } from 'node:fs/promises';
import type { TinyNodeEdge } from '@tinysystems/api';
import { eventually } from '@tinysystems/testing';
import { DEFAULT_LEASE, type FaultProcess } from './fault-process.ts';
import { Replicas } from './replicas.ts';
import type { Order, Outcome } from './wire-order.ts';

/** The module whose replicas have a door, and the one whose replicas work. */
export const DOORS = 'doors';
export const WORKERS = 'workers';

/** A handler that began. */
export interface Began {
  readonly n: number;
  readonly by: string;
  readonly pid: number;
  readonly atMs: number;
}

/** Two modules in processes of their own: doors make calls, workers answer them. */
export class Wire implements AsyncDisposable {
  readonly replicas: Replicas;
  readonly #stack: AsyncDisposableStack;
  readonly #processes: FaultProcess[] = [];
  #names = 0;

  private constructor(replicas: Replicas, stack: AsyncDisposableStack) {
    this.replicas = replicas;
    this.#stack = stack;
  }

  /** Starts the replicas, and waits until calls go through. `again` is tried 5 times, `once` once. */
  static async start({ doors = 1, workers = 2 } = {}): Promise<{
    readonly wire: Wire;
    readonly doors: readonly FaultProcess[];
    readonly workers: readonly FaultProcess[];
  }> {
    await using stack = new AsyncDisposableStack();
    const replicas = stack.use(await Replicas.open(DEFAULT_LEASE, 'wire-module.ts'));
    const { cluster } = replicas;
    await cluster.createNode('worker', { module: WORKERS, component: 'worker', concurrency: { max: 1024 } });
    await cluster.createNode('door', {
      module: DOORS,
      component: 'door',
      edges: [edge('once', 1), edge('again', 5)],
    });
    const wire = new Wire(replicas, stack.move());
    try {
      const started = await Promise.all([
        ...Array.from({ length: doors }, () => wire.add(DOORS)),
        ...Array.from({ length: workers }, () => wire.add(WORKERS)),
      ]);
      await eventually(() => cluster.ready('door', 'worker').then(() => true), { timeoutMs: 60_000 });
      return { wire, doors: started.slice(0, doors), workers: started.slice(doors) };
    } catch (error) {
      await wire[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts a replica and waits until it is ready; `podName`: in the place of one that ended. */
  async add(module: string, podName = `${module}-${this.#names++}`): Promise<FaultProcess> {
    const replica = await this.replicas.add({ module, podName });
    this.#processes.push(replica);
    if (module === DOORS) await replica.logged('door opens');
    return replica;
  }

  /** How every replica that there was fares, a line each. */
  get story(): string {
    return this.#processes.map(({ story }) => story).join('\n');
  }

  /** What handlers began, oldest first. */
  async began(): Promise<readonly Began[]> {
    const text = await readFile(this.replicas.ledgerFile, 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [n, by = '', pid, atMs] = line.split(' ');
        return { n: Number(n), by, pid: Number(pid), atMs: Number(atMs) };
      });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }
}

/** Has a door make calls. @throws Error when the door ended before it could answer. */
export async function order(door: FaultProcess, what: Order): Promise<readonly Outcome[]> {
  const url = door.lines.find((line) => line.door !== undefined)?.door ?? '';
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(what) });
  return (await response.json()) as readonly Outcome[];
}

/** Now, on the clock of all processes of the machine. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function edge(port: string, maxAttempts: number): TinyNodeEdge {
  const retry = { maxAttempts, initialDelay: '20ms', maxDelay: '200ms' };
  return { id: port, port, to: 'worker', toPort: 'in', ...(maxAttempts > 1 && { retry }) };
}
