const MARK = Symbol.for('tinysystems.cli-error');

/** An error whose message is written for the person at the terminal: what happened, and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly [MARK] = true;

  static is(error: unknown): error is CliError {
    return typeof error === 'object' && error !== null && MARK in error;
  }
}

/** What an error says, whatever was thrown. */
export function textOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
