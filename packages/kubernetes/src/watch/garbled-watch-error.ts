const MARK = Symbol.for('kubernetes.garbled-watch-error');

/** The server, or something in between, sent bytes that are no watch event. */
export class GarbledWatchError extends Error {
  override readonly name = 'GarbledWatchError';
  readonly [MARK] = true;
  /** The connection ended within a line; what came before it is good. Otherwise an event may be lost. */
  readonly isHalfLine: boolean;

  constructor(message: string, options: { readonly isHalfLine?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.isHalfLine = options.isHalfLine ?? false;
  }

  /** Recognises the error of any copy of this package. */
  static is(error: unknown): error is GarbledWatchError {
    return typeof error === 'object' && error !== null && MARK in error;
  }
}
