/** Time as this package sees it. Tests pass a clock they move by hand. */
export interface Clock {
  /** Wall clock in epoch milliseconds; may jump. For timestamps in objects only. */
  now(): number;
  /** Milliseconds since an arbitrary start, on the system's clock one for all threads; never goes back. For every measured duration. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`, unless cleared first. */
  setTimeout(run: () => void, delayMs: number): Timer;
  /** Resolves after `delayMs`; rejects with the signal's reason as soon as `signal` aborts. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

/** A pending {@link Clock.setTimeout}. Clearing twice, or after it fired, is harmless. */
export interface Timer {
  clear(): void;
}

/** The real time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Not performance.now(), which starts at 0 in each thread.
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  setTimeout: (run, delayMs) => {
    const timer = setTimeout(run, delayMs);
    return { clear: () => clearTimeout(timer) };
  },
  sleep: (delayMs, signal) => sleepOn(systemClock, delayMs, signal),
};

/** {@link Clock.sleep} for any clock that has `setTimeout`. */
export function sleepOn(
  clock: Pick<Clock, 'setTimeout'>,
  delayMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      timer.clear();
      reject(signal.reason as Error);
    };
    const timer = clock.setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
