import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Client, type ClusterConfig } from '@tinysystems/kubernetes';

/** How to reach it, as the process prints it. */
interface Connection {
  readonly url: string;
  readonly token: string;
  readonly caCertificate: string;
}

/** A control plane in a process of its own, which can be killed. */
export class ControlPlaneProcess {
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #exited: Promise<unknown>;
  readonly #ready: Promise<Connection>;

  /** @param dataDirectory - where it keeps its objects; without one they are in memory. */
  constructor(dataDirectory?: string) {
    const program = join(import.meta.dirname, 'control-plane-main.ts');
    const args = dataDirectory === undefined ? [program] : [program, dataDirectory];
    this.#child = spawn(process.execPath, ['--conditions=@tinysystems/source', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.#exited = once(this.#child, 'exit');
    this.#ready = this.#connection();
    // Who kills it while it starts does not wait for it.
    this.#ready.catch(() => undefined);
  }

  /** What a client needs, once it answers. */
  async config(): Promise<ClusterConfig> {
    const { url, token, caCertificate } = await this.#ready;
    return { server: url, ca: caCertificate, authorization: async () => `Bearer ${token}` };
  }

  /** A client of it, once it answers. */
  async connect(): Promise<Client> {
    return new Client({ config: await this.config(), userAgent: 'faults/1', maxConnections: 32 });
  }

  /** Ends it as `kill -9` does; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async #connection(): Promise<Connection> {
    for await (const line of createInterface(this.#child.stdout)) return JSON.parse(line) as Connection;
    throw new Error('The control plane ended before it was ready.');
  }
}
