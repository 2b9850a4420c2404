const MARK = Symbol.for('kubernetes.garbled-watch-error');

/** The server, or something in between, sent a line that is no watch event: an event may be lost. */
export class GarbledWatchError extends Error {
  override readonly name = 'GarbledWatchError';
  readonly [MARK] = true;

  /** Recognises the error of any copy of this package. */
  static is(error: unknown): error is GarbledWatchError {
    return typeof error === 'object' && error !== null && MARK in error;
  }
}
