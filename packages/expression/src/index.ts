export type { Json } from './json.ts';
export { compileExpression, type CompiledExpression, type ExpressionOptions } from './expression.ts';
export {
  compileTemplate,
  type CompiledTemplate,
  type TemplateError,
  type TemplateOptions,
  type TemplateResult,
} from './template.ts';
export {
  ExpressionError,
  type ExpressionErrorCode,
  type ExpressionErrorDetails,
  type ExpressionErrorOptions,
} from './expression-error.ts';
