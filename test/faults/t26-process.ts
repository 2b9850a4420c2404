import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** How a process does. */
export interface Vitals {
  readonly rssMiB: number;
  /** What its event loop waits for: sockets, timers, … */
  readonly resources: readonly string[];
}

/** A replica of the module of `t26-module.ts`, with a heap as `tinysystems dev` gives its modules. */
export class T26Process implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor(kubeconfig: string) {
    const local = '127.0.0.1:0';
    const flags = [
      ...['run', '--namespace', 'default', '--kubeconfig', kubeconfig, '--log-level', 'error'],
      ...['--grpc-server-bind-address', local, '--health-probe-bind-address', local],
      ...['--metrics-bind-address', local],
    ];
    this.#child = fork(join(import.meta.dirname, 't26-module.ts'), flags, {
      execArgv: ['--conditions=@tinysystems/source', '--expose-gc', '--max-semi-space-size=8'],
      env: { ...process.env, NODE_OPTIONS: '', POD_NAME: 't26-module-0' },
    });
  }

  /** Asks the process, which collects its garbage first. */
  async vitals(): Promise<Vitals> {
    if (this.#child.exitCode !== null) throw new Error(`the module ended with code ${this.#child.exitCode}`);
    const answer = once(this.#child, 'message', { signal: AbortSignal.timeout(60_000) });
    this.#child.send({});
    const [vitals] = (await answer) as [Vitals];
    return vitals;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}
