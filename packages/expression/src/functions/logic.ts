import { isTruthy } from '../compare.ts';
import { type FunctionDefinition, unary } from './function-definition.ts';

/** Functions on truth. */
export const LOGIC: Readonly<Record<string, FunctionDefinition>> = {
  not: unary((value, scope) => !isTruthy(value, scope)),
};
