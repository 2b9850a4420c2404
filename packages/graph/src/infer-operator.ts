import type { BinaryNode, BinaryOperator } from '@tinysystems/expression/analysis';
import { describeType } from './describe.ts';
import type { Inference, View } from './inference.ts';
import { kindsOf, typeOfKinds } from './kinds.ts';
import type { ValueKind } from './signatures.ts';
import { BOOLEAN, ERROR, NEVER, type Type } from './type.ts';

/** What an operator gives for two kinds; `undefined`: it fails. */
type Rule = (left: ValueKind, right: ValueKind) => ValueKind | undefined;

/** The type of an operation whose operands are both evaluated; complains where it fails. */
export function inferOperation(
  node: BinaryNode,
  operands: readonly [left: Type, right: Type],
  view: View,
  inference: Inference,
): Type {
  const [left, right] = operands;
  if (left.kind === 'error' || right.kind === 'error') return ERROR;
  const { operator } = node;
  const rule = RULES[operator];
  if (rule === undefined) return BOOLEAN;
  const outcomes = [...kindsOf(left)].flatMap((kind) =>
    [...kindsOf(right)].map((other) => rule(kind, other)),
  );
  const results = new Set(outcomes.filter((outcome) => outcome !== undefined));
  if (outcomes.length === 0) return NEVER; // nothing is ever evaluated here
  const found = `${describeType(left)} ${operator} ${describeType(right)}`;
  const complaint = { code: 'ExpressionFails', expected: TAKES[operator] ?? '', found } as const;
  if (results.size === 0) {
    inference.refuse(complaint, view);
    return ERROR;
  }
  if (outcomes.includes(undefined))
    inference.doubt({ ...complaint, reason: 'it fails for some of the values' });
  return typeOfKinds(results);
}

/** The type of `-x`. */
export function inferNegation(operand: Type, view: View, inference: Inference): Type {
  if (operand.kind === 'error') return ERROR;
  const kinds = kindsOf(operand);
  const numbers = [...kinds].filter(isNumber);
  const complaint = {
    code: 'ExpressionFails',
    expected: "a number after '-'",
    found: describeType(operand),
  } as const;
  if (numbers.length === 0 && kinds.size > 0) {
    inference.refuse(complaint, view);
    return ERROR;
  }
  if (numbers.length < kinds.size)
    inference.doubt({ ...complaint, reason: 'it fails for some of the values' });
  return typeOfKinds(numbers);
}

function isNumber(kind: ValueKind): boolean {
  return kind === 'integer' || kind === 'number';
}

/** Integers stay integers. */
const whole: Rule = (left, right) => {
  if (!isNumber(left) || !isNumber(right)) return undefined;
  return left === 'integer' && right === 'integer' ? 'integer' : 'number';
};
const real: Rule = (left, right) => (isNumber(left) && isNumber(right) ? 'number' : undefined);
const integral: Rule = (left, right) => (isNumber(left) && isNumber(right) ? 'integer' : undefined);
const orText =
  (numbers: Rule): Rule =>
  (left, right) =>
    left === 'string' && right === 'string' ? 'string' : numbers(left, right);

/** Values of different types are simply not ordered; two of a type that has no order fail. */
const ordered: Rule = (left, right) => {
  const isOrderless =
    left === right && (left === 'null' || left === 'boolean' || left === 'array' || left === 'object');
  return isOrderless ? undefined : 'boolean';
};
const matched: Rule = (left, right) => {
  if (left === 'missing' || right === 'missing') return 'boolean';
  return left === 'string' && right === 'string' ? 'boolean' : undefined;
};

/** `==`, `!=`, `&&` and `||` take everything. */
const RULES: Partial<Record<BinaryOperator, Rule>> = {
  '+': orText(whole),
  '-': orText(whole),
  '*': whole,
  '/': real,
  '**': real,
  '%': integral,
  '<<': integral,
  '>>': integral,
  '&': integral,
  '&^': integral,
  '|': integral,
  '^': integral,
  '<': ordered,
  '<=': ordered,
  '>': ordered,
  '>=': ordered,
  '=~': matched,
};

const NUMBERS = 'two numbers';
const INTEGERS = 'two integers';
const ORDERED = 'two numbers or two strings';
const TAKES: Partial<Record<BinaryOperator, string>> = {
  '+': 'two numbers, or two strings',
  '-': 'two numbers, or times and durations',
  '*': NUMBERS,
  '/': NUMBERS,
  '**': NUMBERS,
  '%': INTEGERS,
  '<<': INTEGERS,
  '>>': INTEGERS,
  '&': INTEGERS,
  '&^': INTEGERS,
  '|': INTEGERS,
  '^': INTEGERS,
  '<': ORDERED,
  '<=': ORDERED,
  '>': ORDERED,
  '>=': ORDERED,
  '=~': 'two strings',
};
