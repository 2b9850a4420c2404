import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

import { eventually } from '@tinysystems/testing';

const ROOT = resolve(import.meta.dirname, '../..');
const READY = { timeoutMs: 60_000, intervalMs: 50 };

/** What a replica is started with. */
export interface ReplicaOptions {
  readonly module: string;
  /** Its name among the replicas, as a pod has one. */
  readonly name: string;
  readonly kubeconfig: string;
  readonly namespace: string;
}

/** One replica of a module in a process of its own, as its image runs it, on free ports of loopback. */
export class ModuleReplica implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  #output = '';

  /** Starts it and waits until it says that it is ready. */
  static async start(options: ReplicaOptions): Promise<ModuleReplica> {
    const replica = new ModuleReplica(options);
    try {
      await eventually(() => replica.#isReady(), READY);
      return replica;
    } catch (cause) {
      await replica[Symbol.asyncDispose]();
      throw new Error(`${options.name} did not become ready:\n${replica.output}`, { cause });
    }
  }

  private constructor({ module, name, kubeconfig, namespace }: ReplicaOptions) {
    const flags = ['--namespace', namespace, '--kubeconfig', kubeconfig];
    for (const server of ['grpc-server', 'health-probe', 'metrics'])
      flags.push(`--${server}-bind-address`, '127.0.0.1:0');
    this.name = name;
    this.#child = spawn(
      process.execPath,
      ['--conditions=@tinysystems/source', `modules/${module}/src/main.ts`, 'run', ...flags],
      { cwd: ROOT, env: { ...process.env, NODE_OPTIONS: '', POD_NAME: name } },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  /** What it printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Ends it as a crash does. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Ends it as a rolling update does. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exit;
  }

  async #isReady(): Promise<boolean> {
    if (this.#child.exitCode !== null) throw new Error(`it ended with code ${this.#child.exitCode}`);
    const [, port] = /"health":(\d+)/.exec(this.#output) ?? [];
    return port !== undefined && (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  }
}
