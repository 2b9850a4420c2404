import type { Clock } from './clock.ts';
import { TinyError, cancelled } from './errors.ts';

/** When a chain must have ended, and who may end it earlier. */
export interface ChainOptions {
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly deadlineMs: number;
  /** What the error text calls the thing that was given the time, e.g. `the HTTP request`. */
  readonly what: string;
  readonly parent?: AbortSignal | undefined;
}

/**
 * Opens a chain where it enters the process: one abort signal and one deadline for all its hops.
 * The returned promise ends at the deadline even when a handler ignores the signal.
 *
 * @throws TinyError `Timeout`/`DEADLINE_EXCEEDED` at the deadline, `Cancelled` when the parent aborts.
 */
export function runChain<T>(options: ChainOptions, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, deadlineMs, parent, what } = options;
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const end = (error: TinyError) => {
      controller.abort(error);
      reject(error);
    };
    if (parent?.aborted === true) return end(cancelled(parent));
    const allowedMs = Math.max(0, deadlineMs - clock.now());
    const takeBack = clock.after(allowedMs, () =>
      end(new TinyError('Timeout', 'DEADLINE_EXCEEDED', `${what} did not end within ${allowedMs} ms`)),
    );
    const onParent = () => end(cancelled(parent as AbortSignal));
    parent?.addEventListener('abort', onParent, { once: true });
    const settle = <A>(finish: (argument: A) => void) => (argument: A) => {
      takeBack();
      parent?.removeEventListener('abort', onParent);
      finish(argument);
    };
    run(controller.signal).then(settle(resolve), settle(reject));
  });
}
