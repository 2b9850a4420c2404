const MARK = Symbol.for('kubernetes.unreachable-error');

/** A request got no answer, or not all of it. `cause` is what the socket said. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly [MARK] = true;

  constructor(request: string, cause: unknown) {
    const why = isErrorLike(cause) ? cause.message : String(cause);
    super(`${request} got no answer: ${why}. Check that the API server runs and can be reached.`, { cause });
  }

  /** Recognises the error of any copy of this package. */
  static is(error: unknown): error is UnreachableError {
    return typeof error === 'object' && error !== null && MARK in error;
  }
}

function isErrorLike(value: unknown): value is { readonly message: string } {
  return (
    typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
  );
}
