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

/** Where and why, as far as it is known. */
export interface ExpressionErrorDetails {
  /** Offset into the source of the token at fault, in UTF-16 code units from 0. */
  readonly position?: number | undefined;
  /** The part of the source at fault, such as `$.a + 1`. */
  readonly text?: string | undefined;
  /** Offset of {@link text}. */
  readonly start?: number | undefined;
  /** What would have been right, in words, such as `a number`. */
  readonly expected?: string | undefined;
  /** The known name that an unknown one is nearly. */
  readonly suggestion?: string | undefined;
  /** The path whose value in the data does not fit, such as `$.user.age`. */
  readonly operand?: string | undefined;
}

export interface ExpressionErrorOptions extends ExpressionErrorDetails {
  readonly cause?: unknown;
}

/** The one error of this package, at compile time and at run time. Recognise it with `ExpressionError.is`. */
export class ExpressionError extends Error implements ExpressionErrorDetails {
  override readonly name = 'ExpressionError';
  readonly [MARK] = true;
  readonly code: ExpressionErrorCode;
  readonly position: number | undefined;
  readonly text: string | undefined;
  readonly start: number | undefined;
  readonly expected: string | undefined;
  readonly suggestion: string | undefined;
  readonly operand: string | undefined;

  /** @param message - what happened and how to fix it; the place is appended when it is known. */
  constructor(code: ExpressionErrorCode, message: string, options: ExpressionErrorOptions = {}) {
    super(
      `${message}${placeText(options)}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.position = options.position;
    this.text = options.text;
    this.start = options.start ?? options.position;
    this.expected = options.expected;
    this.suggestion = options.suggestion;
    this.operand = options.operand;
  }

  /** Recognises the error by its brand, across realms and copies of this package. */
  static is(error: unknown): error is ExpressionError {
    return typeof error === 'object' && error !== null && MARK in error;
  }

  /** The same error, located: errors raised below a call or an operator do not know where they are. */
  static at(error: unknown, place: ExpressionErrorDetails): unknown {
    if (!ExpressionError.is(error) || error.position !== undefined) return error;
    const { code, message, expected, cause } = error;
    return new ExpressionError(code, message, { expected, cause, ...place });
  }
}

function placeText({ position, operand }: ExpressionErrorDetails): string {
  if (position === undefined) return '';
  return operand === undefined ? ` (column ${position + 1})` : ` (column ${position + 1}, ${operand})`;
}
