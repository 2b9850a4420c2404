/** A signal to a whole process group arrives twice, directly and through npm: that is one wish, not two. */
const REPEAT_MS = 1000;

/** Aborts at the first Ctrl-C or SIGTERM, or when nobody reads the output any more; the next signal, a second later or more, ends the process at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let firstMs = 0;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stop.signal.aborted && performance.now() - firstMs > REPEAT_MS) process.exit(1);
      if (!stop.signal.aborted) firstMs = performance.now();
      stop.abort(new Error(`received ${signal}`));
    });
  }
  // Who reads, e.g. `head`, has gone: nobody would see what comes.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    stop.abort(new Error('nobody reads the output any more'));
  });
  return stop.signal;
}

/** Whether something failed just because it was told to stop. */
export function isStopped(error: unknown, stop: AbortSignal): boolean {
  if (!stop.aborted) return false;
  for (
    let cause = error;
    typeof cause === 'object' && cause !== null;
    cause = 'cause' in cause && cause.cause
  ) {
    if (cause === stop.reason) return true;
  }
  return false;
}

/** Resolves when the signal aborts. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
