import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What is asked, and how long. */
export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  readonly durationMs: number;
  /** What every answer must say. */
  readonly body: string;
}

/** What came back. */
export interface LoadResult {
  /** Answers a second. */
  readonly rate: number;
  readonly count: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Puts HTTP servers under load, from a process of its own. */
export class Load implements AsyncDisposable {
  readonly #child: ChildProcess = fork(new URL('load-process.ts', import.meta.url));

  /** @throws Error when an answer was not what it should be. */
  async run(options: LoadOptions): Promise<LoadResult> {
    const answer = once(this.#child, 'message');
    this.#child.send(options);
    const [result] = (await answer) as [LoadResult | { readonly problem: string }];
    if ('problem' in result) throw new Error(`${options.url}: ${result.problem}`);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
