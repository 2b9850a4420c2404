/** The error for a request without a (whole) answer; `cause` is what the socket said. */
export function unreachable(request: string, cause: unknown): Error {
  const why = isErrorLike(cause) ? cause.message : String(cause);
  return new Error(`${request} got no answer: ${why}. Check that the API server runs and can be reached.`, {
    cause,
  });
}

function isErrorLike(value: unknown): value is { readonly message: string } {
  return (
    typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
  );
}
