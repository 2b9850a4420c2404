import { compileCall } from './call.ts';
import { equals, isCondition, isTruthy, order } from './compare.ts';
import { ExpressionError } from './expression-error.ts';
import type { Value } from './json.ts';
import { add, bits, divide, multiply, negate, power, remainder, subtract } from './operators.ts';
import { compilePath } from './path.ts';
import { compilePattern, dynamicMatch, staticMatch } from './pattern.ts';
import type { Evaluate, Scope } from './scope.ts';
import type { BinaryNode, BinaryOperator, Node } from './syntax.ts';

type Operation = (left: Value, right: Value, scope: Scope) => Value;

/**
 * Turns a syntax tree into closures; evaluating one parses nothing.
 *
 * @throws ExpressionError `UNKNOWN_FUNCTION`, `ARGUMENTS`, `PATTERN`, `LIMIT`.
 */
export function compile(node: Node): Evaluate {
  switch (node.kind) {
    case 'literal':
      return constant(node.value);
    case 'path':
      return compilePath(node, compile);
    case 'call':
      return compileCall(node, compile);
    case 'unary':
      return compileUnary(node.operator, compile(node.operand), node.position);
    case 'binary':
      return compileBinary(node);
    case 'ternary':
      return compileTernary(compile(node.condition), compile(node.whenTrue), compile(node.whenFalse));
    case 'array':
      return compileArray(node.items.map(compile));
    case 'object':
      return compileObject(node.entries.map(([key, value]) => [key, compile(value)]));
  }
}

function constant(value: Value): Evaluate {
  return () => value;
}

function compileUnary(operator: '!' | '-', operand: Evaluate, position: number): Evaluate {
  if (operator === '!') return (scope) => !isTruthy(operand(scope), scope);
  return located((scope) => negate(operand(scope)), position);
}

function compileTernary(condition: Evaluate, whenTrue: Evaluate, whenFalse: Evaluate): Evaluate {
  return (scope) => (isCondition(condition(scope), scope) ? whenTrue(scope) : whenFalse(scope));
}

function compileArray(items: readonly Evaluate[]): Evaluate {
  return (scope) => items.map((item) => item(scope) ?? null);
}

function compileObject(entries: ReadonlyArray<readonly [string, Evaluate]>): Evaluate {
  return (scope) => Object.fromEntries(entries.map(([key, value]) => [key, value(scope) ?? null]));
}

function compileBinary(node: BinaryNode): Evaluate {
  const left = compile(node.left);
  if (node.operator === '&&') {
    const right = compile(node.right);
    return (scope) => isTruthy(left(scope), scope) && isTruthy(right(scope), scope);
  }
  if (node.operator === '||') {
    const right = compile(node.right);
    return (scope) => isTruthy(left(scope), scope) || isTruthy(right(scope), scope);
  }
  if (node.operator === '=~') return located(compileMatch(left, node), node.position);
  const right = compile(node.right);
  const operation = OPERATIONS[node.operator];
  return located((scope) => operation(left(scope), right(scope), scope), node.position);
}

function compileMatch(text: Evaluate, { right, position }: BinaryNode): Evaluate {
  if (right.kind === 'literal' && typeof right.value === 'string') {
    const matches = staticMatch(patternAt(right.value, position));
    return (scope) => matches(text(scope), scope);
  }
  const pattern = compile(right);
  const matches = dynamicMatch();
  return (scope) => matches(text(scope), pattern(scope), scope);
}

function patternAt(pattern: string, position: number): ReturnType<typeof compilePattern> {
  try {
    return compilePattern(pattern);
  } catch (error) {
    throw ExpressionError.at(error, position);
  }
}

/** Gives errors that `evaluate` raises without a position this one. */
function located(evaluate: Evaluate, position: number): Evaluate {
  return (scope) => {
    try {
      return evaluate(scope);
    } catch (error) {
      throw ExpressionError.at(error, position);
    }
  };
}

/** Comparisons with a missing side are false, `!=` too. */
function compare(accepts: (order: number) => boolean): Operation {
  return (left, right, scope) => {
    const result = order(left, right, scope);
    return result !== undefined && accepts(result);
  };
}

const OPERATIONS: Readonly<Record<Exclude<BinaryOperator, '&&' | '||' | '=~'>, Operation>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': remainder,
  '**': power,
  '&': bits('&'),
  '|': bits('|'),
  '^': bits('^'),
  '&^': bits('&^'),
  '<<': bits('<<'),
  '>>': bits('>>'),
  '==': (left, right, scope) => left !== undefined && right !== undefined && equals(left, right, scope),
  '!=': (left, right, scope) => left !== undefined && right !== undefined && !equals(left, right, scope),
  '<': compare((order) => order < 0),
  '<=': compare((order) => order <= 0),
  '>': compare((order) => order > 0),
  '>=': compare((order) => order >= 0),
};
