import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a child is started with. */
export interface ChildOptions {
  /** A TypeScript file beside this one. */
  readonly file: string;
  readonly args?: readonly string[];
  /** More flags of Node itself. */
  readonly nodeFlags?: readonly string[];
}

/** A process of a benchmark; it and its parent send each other single JSON values. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #file: string;
  readonly #received: unknown[] = [];
  readonly #waiting: ((message: unknown) => void)[] = [];

  constructor({ file, args = [], nodeFlags = [] }: ChildOptions) {
    this.#file = file;
    this.#process = fork(new URL(file, import.meta.url), args, {
      execArgv: ['--conditions=@tinysystems/source', ...nodeFlags],
    });
    this.#process.on('message', (message) => {
      const taker = this.#waiting.shift();
      if (taker === undefined) this.#received.push(message);
      else taker(message);
    });
  }

  /** The next message of the child, also one that came before it was asked for. */
  async next<Message>(): Promise<Message> {
    if (this.#received.length > 0) return this.#received.shift() as Message;
    const ended = new AbortController();
    try {
      return (await Promise.race([
        new Promise((resolve) => this.#waiting.push(resolve)),
        once(this.#process, 'exit', { signal: ended.signal }).then(() => {
          throw new Error(`${this.#file} ended before it answered`);
        }),
      ])) as Message;
    } finally {
      ended.abort();
    }
  }

  send(message: object): void {
    this.#process.send(message);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    if (this.#process.connected) this.#process.disconnect();
    else this.#process.kill('SIGKILL');
    await ended;
  }
}
