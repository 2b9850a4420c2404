import { expressionErrorFrom } from './expression.ts';
import type { Json } from './json.ts';
import { type Evaluate, Scope } from './scope.ts';
import type { TemplateError } from './template-error.ts';

export const NO_ERRORS: readonly TemplateError[] = Object.freeze([]);

/** Where in a template an expression stands. */
export type Where = Pick<TemplateError, 'expression' | 'path'>;

/** One careful evaluation of a template: each expression has its own budget and its own failure. */
export class Run extends Scope {
  readonly #errors: TemplateError[] = [];

  get errors(): readonly TemplateError[] {
    return this.#errors.length === 0 ? NO_ERRORS : this.#errors;
  }

  report(error: TemplateError): null {
    this.#errors.push(error);
    return null;
  }

  /** @returns `undefined` after a failure, which is reported, and for a missing value null. */
  attempt(evaluate: Evaluate, where: Where): Json | undefined {
    this.reset();
    try {
      return evaluate(this) ?? null;
    } catch (error) {
      this.report(templateErrorFrom(error, { ...where, isStatic: false }));
      return undefined;
    }
  }
}

/** A failure as a template lists it. */
export function templateErrorFrom(
  error: unknown,
  where: Pick<TemplateError, 'expression' | 'path' | 'isStatic'>,
): TemplateError {
  const { message, code, position, text, start, expected, suggestion, operand } = expressionErrorFrom(error);
  return Object.freeze({ ...where, message, code, position, text, start, expected, suggestion, operand });
}
