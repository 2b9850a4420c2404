import type { Clock } from './clock.ts';
import { TinyError, cancelled } from './errors.ts';

/** When a chain must have ended, and who may end it earlier. */
export interface ChainOptions {
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly deadlineMs: number;
  /** What the error text calls the thing that was given the time, e.g. `the HTTP request`. */
  readonly what: string;
  /** Each of them ends the chain; empty where nobody may end it before its deadline. */
  readonly parents: readonly AbortSignal[];
}

/**
 * Opens a chain where it enters the process: one abort signal and one deadline for all its hops.
 * The returned promise ends at the deadline even when a handler ignores the signal. When it has ended, no timer and
 * no listener of it is left; a chain whose deadline has passed, or one of whose parents has ended, does not start.
 *
 * @throws TinyError `Timeout`/`DEADLINE_EXCEEDED` at the deadline, `Cancelled` when the parent aborts.
 */
export function runChain<T>(options: ChainOptions, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new OpenChain(options, run).answer;
}

/** A chain in the hand of who opened it; see {@link runChain}. */
export class OpenChain<T> {
  readonly answer: Promise<T>;
  readonly #options: ChainOptions;
  readonly #controller = new AbortController();
  #takeBack: (() => void) | undefined;
  #resolve!: (value: T) => void;
  #reject!: (error: Error) => void;
  #hasEnded = false;

  constructor(options: ChainOptions, run: (signal: AbortSignal) => Promise<T>) {
    this.#options = options;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { clock, deadlineMs, parents, what } = options;
    const allowedMs = deadlineMs - clock.now();
    const ended = parents.find((parent) => parent.aborted);
    if (ended !== undefined) this.#reject(cancelled(ended));
    else if (allowedMs <= 0) this.#reject(timeout(`${what} had no time left`));
    else this.#start(allowedMs, run);
  }

  /** Ends it now, unless it has ended. */
  end(error: TinyError): void {
    if (this.#hasEnded) return;
    this.#fail(error);
    this.#controller.abort(error);
  }

  /** A parent has ended. */
  handleEvent({ target }: Event): void {
    this.end(cancelled(target as AbortSignal));
  }

  #start(allowedMs: number, run: (signal: AbortSignal) => Promise<T>): void {
    const { clock, parents, what } = this.#options;
    this.#takeBack = clock.after(allowedMs, () =>
      this.end(timeout(`${what} did not end within ${allowedMs} ms`)),
    );
    for (const parent of parents) parent.addEventListener('abort', this);
    const fail = (error: Error) => this.#fail(error);
    try {
      run(this.#controller.signal).then((value) => {
        this.#leave();
        this.#resolve(value);
      }, fail);
    } catch (error) {
      fail(error as Error);
    }
  }

  #fail(error: Error): void {
    this.#leave();
    this.#reject(error);
  }

  #leave(): void {
    this.#hasEnded = true;
    this.#takeBack?.();
    for (const parent of this.#options.parents) parent.removeEventListener('abort', this);
  }
}

function timeout(text: string): TinyError {
  return new TinyError('Timeout', 'DEADLINE_EXCEEDED', text);
}
