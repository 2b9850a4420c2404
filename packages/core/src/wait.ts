import type { Clock } from './clock.ts';
import { cancelled } from './errors.ts';

/** How long a wait may take, and who may end it. */
export interface WaitOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until it is woken or the time is over; who waits looks for itself what has changed.
 * When it has ended, no timer, listener or subscription of it is left.
 *
 * @param subscribe - is given the function that ends the wait, to be called later, not at once; returns the one that
 *   takes the subscription back.
 * @throws TinyError `Cancelled`, or the signal's own, when the signal aborts first.
 */
export function waitToBeWoken(
  { clock, timeoutMs, signal }: WaitOptions,
  subscribe: (wake: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled(signal));
    const leave = () => {
      takeBack();
      unsubscribe();
      signal.removeEventListener('abort', onAbort);
    };
    const wake = () => {
      leave();
      resolve();
    };
    const onAbort = () => {
      leave();
      reject(cancelled(signal));
    };
    const takeBack = clock.after(timeoutMs, wake);
    const unsubscribe = subscribe(wake);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
