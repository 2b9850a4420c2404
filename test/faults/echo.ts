import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Clock, TinyError, runChain, systemClock } from '@tinysystems/core';
import { AddressBook, ClientPool } from '@tinysystems/transport';

/** A process of `echo-process.ts`. */
export class EchoProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** @param hurry - its timers are so many times faster. */
  static async start(hurry = 1): Promise<EchoProcess> {
    const child = fork(join(import.meta.dirname, 'echo-process.ts'), [String(hurry)], {
      execArgv: ['--conditions=@tinysystems/source'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const [port] = (await once(child, 'message')) as [number];
    return new EchoProcess(child, port);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** How many calls it has in work. */
  async inWork(): Promise<number> {
    const answer = once(this.#child, 'message');
    this.#child.send('how many');
    return ((await answer) as [number])[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** How one call to an echo ended. */
export interface EchoOutcome {
  readonly startedMs: number;
  readonly endedMs: number;
  /** The process that answered. */
  readonly by?: number;
  readonly error?: TinyError;
}

/** One call; `signal` gives it up. */
export interface EchoCall {
  readonly holdMs?: number;
  readonly text?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Calls echoes at these addresses. */
export class EchoCaller implements AsyncDisposable {
  readonly outcomes: EchoOutcome[] = [];
  readonly #pool: ClientPool;

  constructor(addresses: readonly string[], clock: Clock = systemClock) {
    const book = new AddressBook();
    book.set(
      'echo',
      addresses.map((addr) => ({ pod: addr, addr })),
    );
    this.#pool = new ClientPool({ book, clock });
  }

  /** Makes one call and keeps how it ended. @throws whatever is no TinyError, and a wrong answer. */
  async call({ holdMs = 0, text = '', timeoutMs = 60_000, signal }: EchoCall = {}): Promise<EchoOutcome> {
    const startedMs = performance.now();
    const ended = (how: Pick<EchoOutcome, 'by' | 'error'>) => {
      const outcome = { startedMs, endedMs: performance.now(), ...how };
      this.outcomes.push(outcome);
      return outcome;
    };
    const deadlineMs = systemClock.now() + timeoutMs;
    const parents = signal === undefined ? [] : [signal];
    const address = { node: 'echo', port: 'in' };
    const message = { from: address, to: address, edgeId: 'e', data: { holdMs, text }, depth: 1, deadlineMs };
    try {
      const reply = await runChain({ clock: systemClock, deadlineMs, parents, what: 'the call' }, (chain) =>
        this.#pool.deliver('echo', { ...message, trace: undefined, passed: undefined }, chain),
      );
      const { by, text: echoed } = reply as { readonly by: number; readonly text: string };
      if (echoed !== text) throw new Error(`an echo of ${text.length} characters has ${echoed.length}`);
      return ended({ by });
    } catch (error) {
      if (!TinyError.is(error)) throw error;
      return ended({ error });
    }
  }

  /** Makes so many calls, so many at once. */
  async calls(count: number, atOnce: number, call: EchoCall = {}): Promise<readonly EchoOutcome[]> {
    const outcomes: EchoOutcome[] = [];
    let left = count;
    const lane = async () => {
      while (left-- > 0) outcomes.push(await this.call(call));
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    return outcomes;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool[Symbol.asyncDispose]();
  }
}
