import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** Where the other process listens: as a module with and without TLS, and as a bare gRPC server. */
export interface EchoPorts {
  readonly tls: number;
  readonly plain: number;
  readonly bare: number;
}

/** The other process. */
export class EchoServer implements AsyncDisposable {
  readonly ports: EchoPorts;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ports: EchoPorts) {
    this.#child = child;
    this.ports = ports;
  }

  static async start(certificates: string): Promise<EchoServer> {
    const child = fork(new URL('echo-process.ts', import.meta.url), [certificates], {
      execArgv: ['--conditions=@tinysystems/source'],
    });
    const [ports] = (await once(child, 'message')) as [EchoPorts];
    return new EchoServer(child, ports);
  }

  /** What both processes have used of the processors so far, microseconds. */
  async cpuUs(): Promise<{ readonly client: number; readonly server: number }> {
    const answer = once(this.#child, 'message');
    this.#child.send('cpu');
    const [server] = (await answer) as [NodeJS.CpuUsage];
    return { client: sum(process.cpuUsage()), server: sum(server) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}

function sum({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}
