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
  const { clock, deadlineMs, parents, what } = options;
  for (const parent of parents) if (parent.aborted) return Promise.reject(cancelled(parent));
  const allowedMs = deadlineMs - clock.now();
  if (allowedMs <= 0) return Promise.reject(timeout(`${what} had no time left`));
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const leave = () => {
      takeBack();
      for (const parent of parents) parent.removeEventListener('abort', onParent);
    };
    const end = (error: TinyError) => {
      leave();
      reject(error);
      controller.abort(error);
    };
    const onParent = ({ target }: Event) => end(cancelled(target as AbortSignal));
    const takeBack = clock.after(allowedMs, () => end(timeout(`${what} did not end within ${allowedMs} ms`)));
    for (const parent of parents) parent.addEventListener('abort', onParent, { once: true });
    const fail = (error: Error) => {
      leave();
      reject(error);
    };
    try {
      run(controller.signal).then((value) => {
        leave();
        resolve(value);
      }, fail);
    } catch (error) {
      fail(error as Error);
    }
  });
}

function timeout(text: string): TinyError {
  return new TinyError('Timeout', 'DEADLINE_EXCEEDED', text);
}
