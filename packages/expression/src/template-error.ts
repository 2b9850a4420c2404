import type { ExpressionErrorCode, ExpressionErrorDetails } from './expression-error.ts';

/** One failed expression of a template; the offsets are those in {@link TemplateError.expression}. */
export interface TemplateError extends ExpressionErrorDetails {
  /** The source between the braces; empty when the template itself is at fault. */
  readonly expression: string;
  /** Where the text is in the configuration, such as `body` or `headers[0].value`. */
  readonly path: string;
  readonly message: string;
  readonly code: ExpressionErrorCode;
  /** Found when it was compiled, whatever the data; else the data did not fit. */
  readonly isStatic: boolean;
}
