import { isTruthy } from '../compare.ts';
import { ANY, BOOLEAN, type FunctionDefinition, unary } from './function-definition.ts';

/** Functions on truth. */
export const LOGIC: readonly FunctionDefinition[] = [
  unary({ name: 'not', takes: ANY, gives: BOOLEAN }, (value, scope) => !isTruthy(value, scope)),
];
