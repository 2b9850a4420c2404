import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Contestant } from './contest.ts';

/** A process that serves HTTP and tells its address once it does. */
export class ServerProcess implements Contestant, AsyncDisposable {
  readonly url: string;
  readonly pids: readonly number[];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.pids = [child.pid ?? 0];
  }

  /** @param program - a file beside this one. */
  static async start(program: string, ...args: readonly string[]): Promise<ServerProcess> {
    const child = fork(new URL(program, import.meta.url), args, {
      execArgv: ['--conditions=@tinysystems/source'],
    });
    const [url] = (await Promise.race([once(child, 'message'), exitOf(child, program)])) as [string];
    return new ServerProcess(child, url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}

async function exitOf(child: ChildProcess, program: string): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`${program} ended with code ${code} before it served`);
}
