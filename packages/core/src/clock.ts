import { cancelled } from './errors.ts';

/** Time, so that tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `callback` once after `delayMs`; the returned function takes it back. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's clock. Waits at most {@link MAX_DELAY_MS}: a longer delay ends then. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS));
    return () => clearTimeout(timer);
  },
};

/** The longest delay of a Node timer (24.8 days), milliseconds; it takes a longer one for none at all. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Waits `delayMs`.
 *
 * @throws TinyError the signal's own, else `Cancelled`, when it aborts first.
 */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled(signal));
    const onAbort = () => {
      takeBack();
      reject(cancelled(signal));
    };
    const takeBack = clock.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
