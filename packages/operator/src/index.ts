export { type OperatorOptions, runOperator } from './run-operator.ts';
