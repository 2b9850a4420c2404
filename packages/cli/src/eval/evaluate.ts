import type { Json } from '@tinysystems/core';
import { type TemplateError, compileTemplate } from '@tinysystems/expression';

/** The value of a template and what failed in it. */
export interface Evaluation {
  readonly value: Json;
  readonly errors: readonly Failure[];
}

/** A failed expression, as it is printed. */
export type Failure = Partial<Omit<TemplateError, 'isStatic' | 'code'>> & {
  /** `static`: whatever the data; `dynamic`: the data did not fit; `input`: nothing was evaluated. */
  readonly kind: 'static' | 'dynamic' | 'input';
  readonly code: string;
  readonly message: string;
};

/** Evaluates a text such as `Hello {{$.name}}`, or a whole mapping, against a message. */
export function evaluate(template: Json, data: Json): Evaluation {
  if (typeof template !== 'string') return evaluateMapping(template, data);
  const { value, errors } = evaluateMapping({ text: template }, data);
  return {
    value: (value as { readonly text: Json }).text,
    errors: errors.map(({ path: _text, ...error }) => error),
  };
}

function evaluateMapping(mapping: Json, data: Json): Evaluation {
  const { value, errors } = compileTemplate(mapping).evaluate(data);
  return {
    value,
    errors: errors.map(({ isStatic, ...error }) => ({ kind: isStatic ? 'static' : 'dynamic', ...error })),
  };
}
