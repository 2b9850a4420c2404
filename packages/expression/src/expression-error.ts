const MARK = Symbol.for('tinysystems.expression-error');

/**
 * Why an expression failed.
 *
 * - `SYNTAX`: the text is not an expression.
 * - `UNKNOWN_FUNCTION`, `UNKNOWN_NAME`: nothing is called that.
 * - `ARGUMENTS`: a call has too few arguments.
 * - `TYPE`: an operator or function got a value of a type it does not take.
 * - `ARITHMETIC`: division by zero, a result that is no finite number, an argument out of range.
 * - `PATTERN`: a regular expression does not compile.
 * - `LIMIT`: the expression or its evaluation is too large.
 */
export type ExpressionErrorCode =
  'SYNTAX' | 'UNKNOWN_FUNCTION' | 'UNKNOWN_NAME' | 'ARGUMENTS' | 'TYPE' | 'ARITHMETIC' | 'PATTERN' | 'LIMIT';

export interface ExpressionErrorOptions {
  /** Offset into the source, in UTF-16 code units from 0. */
  readonly position?: number | undefined;
  readonly cause?: unknown;
}

/** The one error of this package, at compile time and at run time. Recognise it with `ExpressionError.is`. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly [MARK] = true;
  readonly code: ExpressionErrorCode;
  /** Offset into the expression's source, where it is known. */
  readonly position: number | undefined;

  /** @param message - what happened and how to fix it; the column is appended when a position is known. */
  constructor(code: ExpressionErrorCode, message: string, options: ExpressionErrorOptions = {}) {
    const { position, cause } = options;
    super(position === undefined ? message : `${message} (column ${position + 1})`, { cause });
    this.code = code;
    this.position = position;
  }

  /** Recognises the error by its brand, across realms and copies of this package. */
  static is(error: unknown): error is ExpressionError {
    return typeof error === 'object' && error !== null && MARK in error;
  }

  /** The same error, located: errors raised below a call or an operator do not know where they are. */
  static at(error: unknown, position: number): unknown {
    if (!ExpressionError.is(error) || error.position !== undefined) return error;
    return new ExpressionError(error.code, error.message, { position, cause: error.cause });
  }
}
