export type { Json } from './json.ts';
export { compileExpression, type CompiledExpression, type ExpressionOptions } from './expression.ts';
export {
  compileTemplate,
  type CompiledTemplate,
  type TemplateOptions,
  type TemplateResult,
} from './template.ts';
export type { TemplateError } from './template-error.ts';
export {
  ExpressionError,
  type ExpressionErrorCode,
  type ExpressionErrorDetails,
  type ExpressionErrorOptions,
} from './expression-error.ts';
