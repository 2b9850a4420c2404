import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How one server is started. */
export interface ServerOptions {
  /** For people, and the name of the log. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Where everything goes that it says. */
  readonly log: string;
  /** Whether it serves; asked again and again until it says so. */
  readonly isReady: () => Promise<boolean>;
  /** Ends the wait until it is ready. */
  readonly signal: AbortSignal;
}

const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 10_000;
const ASK_EVERY_MS = 100;
const LAST_LINES = 10;

/** A child process that serves until it is disposed. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  /**
   * Starts it and waits until it is ready.
   *
   * @throws Error with the end of its log, when it dies or takes longer than two minutes.
   */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const server = new ServerProcess(options);
    const deadlineMs = performance.now() + READY_TIMEOUT_MS;
    while (!(await options.isReady().catch(() => false))) {
      const hasEnded = server.#child.exitCode !== null;
      if (hasEnded || options.signal.aborted || performance.now() > deadlineMs) {
        await server[Symbol.asyncDispose]();
        const last = (await readFile(options.log, 'utf8')).trimEnd().split('\n').slice(-LAST_LINES);
        throw new Error(
          `${options.name} ${hasEnded ? 'ended' : 'did not become ready'}; its log ${options.log} ends with\n  ${last.join('\n  ')}`,
        );
      }
      await sleep(ASK_EVERY_MS);
    }
    return server;
  }

  private constructor({ program, args, log }: ServerOptions) {
    const output = openSync(log, 'w');
    // In a group of its own: Ctrl-C ends the tests first, and then the servers in order.
    this.#child = spawn(program, args, { stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(kill);
  }
}

/** A port on loopback that nothing listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
