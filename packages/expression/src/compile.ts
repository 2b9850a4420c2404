import { BareObject } from './bare-object.ts';
import { compileCall } from './call.ts';
import { check } from './check.ts';
import { equals, isCondition, isTruthy, order } from './compare.ts';
import { ExpressionError } from './expression-error.ts';
import type { Value } from './json.ts';
import { add, bits, divide, multiply, negate, power, remainder, subtract } from './operators.ts';
import { compilePath } from './path.ts';
import { compilePattern, dynamicMatch, type Matcher, staticMatch } from './pattern.ts';
import { Place } from './place.ts';
import type { Evaluate, Scope } from './scope.ts';
import { BINARY_SIGNATURES, UNARY_SIGNATURES } from './signatures.ts';
import type { BinaryNode, BinaryOperator, Node, UnaryNode } from './syntax.ts';

type Operation = (left: Value, right: Value, scope: Scope) => Value;

/**
 * Turns a syntax tree into closures; evaluating one parses nothing.
 *
 * @throws ExpressionError `UNKNOWN_FUNCTION`, `ARGUMENTS`, `TYPE`, `PATTERN`, `LIMIT`.
 */
export function compile(node: Node, source: string): Evaluate {
  check(node, source);
  return new Compiler(source).compile(node);
}

class Compiler {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  readonly compile = (node: Node): Evaluate => {
    switch (node.kind) {
      case 'literal':
        return constant(node.value);
      case 'path':
        return compilePath(node, this.compile);
      case 'call':
        return compileCall(node, { compile: this.compile, source: this.#source });
      case 'unary':
        return this.#unary(node);
      case 'binary':
        return this.#binary(node);
      case 'ternary':
        return compileTernary(
          this.compile(node.condition),
          this.compile(node.whenTrue),
          this.compile(node.whenFalse),
        );
      case 'array':
        return compileArray(node.items.map(this.compile));
      case 'object':
        return compileObject(node.entries.map(([key, value]) => [key, this.compile(value)]));
    }
  };

  #unary(node: UnaryNode): Evaluate {
    const operand = this.compile(node.operand);
    if (node.operator === '!') return (scope) => !isTruthy(operand(scope), scope);
    const place = new Place(this.#source, node, [UNARY_SIGNATURES['-'].takes]);
    return (scope) => {
      let value: Value;
      try {
        value = operand(scope);
        return negate(value);
      } catch (error) {
        throw place.locate(error, [value]);
      }
    };
  }

  #binary(node: BinaryNode): Evaluate {
    const left = this.compile(node.left);
    if (node.operator === '&&') {
      const right = this.compile(node.right);
      return (scope) => isTruthy(left(scope), scope) && isTruthy(right(scope), scope);
    }
    if (node.operator === '||') {
      const right = this.compile(node.right);
      return (scope) => isTruthy(left(scope), scope) || isTruthy(right(scope), scope);
    }
    const { takes } = BINARY_SIGNATURES[node.operator];
    const place = new Place(this.#source, node, [takes, takes]);
    const pattern = node.operator === '=~' ? staticPattern(node, place) : undefined;
    const right = pattern === undefined ? this.compile(node.right) : constant(undefined);
    const operation = pattern ?? operationOf(node.operator);
    return (scope) => {
      let first: Value;
      let second: Value;
      try {
        first = left(scope);
        second = right(scope);
        return operation(first, second, scope);
      } catch (error) {
        throw place.locate(error, [first, second]);
      }
    };
  }
}

function constant(value: Value): Evaluate {
  return () => value;
}

function compileTernary(condition: Evaluate, whenTrue: Evaluate, whenFalse: Evaluate): Evaluate {
  return (scope) => (isCondition(condition(scope), scope) ? whenTrue(scope) : whenFalse(scope));
}

function compileArray(items: readonly Evaluate[]): Evaluate {
  return (scope) => items.map((item) => item(scope) ?? null);
}

function compileObject(entries: ReadonlyArray<readonly [string, Evaluate]>): Evaluate {
  return (scope) => {
    const object = new BareObject();
    for (const [key, value] of entries) object[key] = value(scope) ?? null;
    return object;
  };
}

/** The match with a pattern that is a literal, compiled here. */
function staticPattern({ right }: BinaryNode, place: Place): Operation | undefined {
  if (right.kind !== 'literal' || typeof right.value !== 'string') return undefined;
  const matches = staticMatch(patternAt(right.value, place));
  return (text, _pattern, scope) => matches(text, scope);
}

function patternAt(pattern: string, place: Place): Matcher {
  try {
    return compilePattern(pattern);
  } catch (error) {
    throw ExpressionError.at(error, place.details);
  }
}

/** The order of two values that are not both numbers; NaN, of which every comparison is false, when they have none. */
function orderOf(left: Value, right: Value, scope: Scope): number {
  return order(left, right, scope) ?? Number.NaN;
}

function operationOf(operator: Exclude<BinaryOperator, '&&' | '||'>): Operation {
  return operator === '=~' ? dynamicMatch() : OPERATIONS[operator];
}

/** What the operators do; `&&` and `||` do not evaluate both sides, and `=~` has a pattern to compile. */
export const OPERATIONS: Readonly<Record<Exclude<BinaryOperator, '&&' | '||' | '=~'>, Operation>> = {
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
  // With a missing side every comparison is false, `!=` too.
  '==': (left, right, scope) => left !== undefined && right !== undefined && equals(left, right, scope),
  '!=': (left, right, scope) => left !== undefined && right !== undefined && !equals(left, right, scope),
  '<': (left, right, scope) =>
    typeof left === 'number' && typeof right === 'number' ? left < right : orderOf(left, right, scope) < 0,
  '<=': (left, right, scope) =>
    typeof left === 'number' && typeof right === 'number' ? left <= right : orderOf(left, right, scope) <= 0,
  '>': (left, right, scope) =>
    typeof left === 'number' && typeof right === 'number' ? left > right : orderOf(left, right, scope) > 0,
  '>=': (left, right, scope) =>
    typeof left === 'number' && typeof right === 'number' ? left >= right : orderOf(left, right, scope) >= 0,
};
