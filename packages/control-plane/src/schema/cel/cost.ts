import type { ASTNode } from '@marcbachmann/cel-js';

import { isNode } from './syntax-tree.ts';
import { callCost, resultShape, TRAVERSAL } from './call-cost.ts';
import { SCALAR, UNKNOWN, type Shape } from './shape.ts';
import { capped, itemOf, largerOf, memberOf, sizeOf, steps, sumOf } from './sizes.ts';

/** The least and the most that something may cost. */
export interface Cost {
  readonly min: number;
  readonly max: number;
}

type Scope = ReadonlyMap<string, Shape>;

interface Estimate extends Cost {
  /** How large the result can be. */
  readonly shape: Shape;
}

const LIST = 10;
const MAP = 30;

/**
 * Estimates the steps of an expression as real servers do: one for reading a name or a member and for each call,
 * a tenth for each character read, and everything in a loop as often as the list can have items.
 */
export function estimateCost(node: ASTNode, scope: Scope): Cost {
  return estimate(node, scope);
}

function estimate(node: ASTNode, scope: Scope): Estimate {
  switch (node.op) {
    case 'value':
      return { ...fixed(0), shape: literalShape(node.args) };
    case 'id':
      return { ...fixed(1), shape: scope.get(node.args) ?? UNKNOWN };
    case '.':
    case '.?':
      return selection(estimate(node.args[0], scope), memberOf, node.args[1]);
    case '[]':
    case '[?]': {
      const [target, index] = [estimate(node.args[0], scope), estimate(node.args[1], scope)];
      return { ...plus(target, index, fixed(1)), shape: itemOf(target.shape) };
    }
    case 'list':
      return listLiteral(node.args.map((item) => estimate(item, scope)));
    case 'map':
      return mapLiteral(node.args.flat().map((item) => estimate(item, scope)));
    case '?:':
      return conditional(node.args.map((part) => estimate(part, scope)));
    case '&&':
    case '||': {
      const [left, right] = [estimate(node.args[0], scope), estimate(node.args[1], scope)];
      return { min: left.min, max: left.max + right.max, shape: SCALAR };
    }
    case '!_':
    case '-_':
      return { ...plus(estimate(node.args, scope), fixed(1)), shape: SCALAR };
    case 'call':
      return call(node.args[0], undefined, { parameters: node.args[1], scope });
    case 'rcall':
      return call(node.args[0], node.args[1], { parameters: node.args[2], scope });
    default:
      return operation(node.op, estimate(node.args[0], scope), estimate(node.args[1], scope));
  }
}

function selection(target: Estimate, read: (shape: Shape, name: string) => Shape, name: string): Estimate {
  return { ...plus(target, fixed(1)), shape: read(target.shape, name) };
}

function conditional([condition, left, right]: readonly Estimate[]): Estimate {
  const [a = NOTHING, b = NOTHING] = [left, right];
  const branches = { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
  return { ...plus(condition ?? NOTHING, branches), shape: largerOf(a.shape, b.shape) };
}

function operation(operator: string, left: Estimate, right: Estimate): Estimate {
  const operands = plus(left, right);
  const [a, b] = [sizeOf(left.shape), sizeOf(right.shape)];
  switch (operator) {
    case '+':
      return { ...plus(operands, addition(left.shape, a + b)), shape: sumOf(left.shape, right.shape) };
    case 'in':
      return { ...plus(operands, { min: 1, max: Math.max(1, b) }), shape: SCALAR };
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return { ...plus(operands, { min: 1, max: steps(Math.min(a, b), TRAVERSAL) }), shape: SCALAR };
    default:
      return { ...plus(operands, fixed(1)), shape: SCALAR };
  }
}

function addition(left: Shape, size: number): Cost {
  return left.kind === 'text' || left.kind === 'unknown' ? { min: 1, max: steps(size, TRAVERSAL) } : fixed(1);
}

interface Call {
  readonly parameters: readonly ASTNode[];
  readonly scope: Scope;
}

function call(name: string, receiver: ASTNode | undefined, { parameters, scope }: Call): Estimate {
  const [first] = parameters;
  // Asking for a member costs what finding its parent costs.
  if (name === 'has' && first?.op === '.') return { ...estimate(first.args[0], scope), shape: SCALAR };
  if (receiver && first?.op === 'id' && MACROS.has(name) && parameters.length > 1)
    return comprehension(name, estimate(receiver, scope), { parameters, scope });
  const target = receiver && estimate(receiver, scope);
  const rest = parameters.map((parameter) => estimate(parameter, scope));
  const all = target ? [target, ...rest] : rest;
  const shapes = all.map(({ shape }) => shape);
  const own = { min: 1, max: Math.max(1, callCost(name, shapes)) };
  return { ...plus(...all, own), shape: resultShape(name, shapes) };
}

/** What a loop costs in each round besides its body, and at its end. */
interface Loop {
  readonly start: number;
  readonly round: number;
  readonly end: number;
}

const MACROS: ReadonlyMap<string, Loop> = new Map([
  ['all', { start: 0, round: 3, end: 1 }],
  ['exists', { start: 0, round: 4, end: 1 }],
  ['exists_one', { start: 0, round: 2, end: 2 }],
  ['existsOne', { start: 0, round: 2, end: 2 }],
  ['map', { start: LIST, round: LIST + 2, end: 1 }],
  ['filter', { start: LIST, round: LIST + 3, end: 1 }],
  ['transformList', { start: LIST, round: LIST + 2, end: 1 }],
  ['transformMap', { start: MAP, round: MAP + 2, end: 1 }],
  ['optMap', { start: 0, round: 2, end: 0 }],
  ['optFlatMap', { start: 0, round: 2, end: 0 }],
]);

function comprehension(name: string, range: Estimate, { parameters, scope }: Call): Estimate {
  const { start, round, end } = MACROS.get(name) ?? { start: 0, round: 0, end: 0 };
  const isOptional = name.startsWith('opt');
  const inner = new Map(scope);
  const names = parameters.slice(0, -1).filter((parameter) => parameter.op === 'id');
  const [first, second] = names.slice(0, 2).map((parameter) => parameter.args);
  const item = isOptional ? range.shape : itemOf(range.shape);
  if (first !== undefined) inner.set(first, range.shape.kind === 'list' || isOptional ? item : UNKNOWN);
  if (second !== undefined && parameters.length > 2 && isNode(parameters[1])) inner.set(second, item);
  const bodies = parameters.slice(1).map((parameter) => estimate(parameter, inner));
  const body = plus(...bodies, fixed(round));
  const count = isOptional ? 1 : sizeOf(range.shape);
  const loop = { min: 0, max: capped(body.max * count) };
  return {
    ...plus(range, fixed(start), loop, fixed(end)),
    shape: loopShape(name, range.shape, bodies.at(-1)?.shape),
  };
}

function loopShape(name: string, range: Shape, body: Shape = SCALAR): Shape {
  if (name === 'filter') return range;
  if (name.startsWith('opt')) return body;
  return name === 'map' || name.startsWith('transform')
    ? { kind: 'list', size: sizeOf(range), item: body }
    : SCALAR;
}

function listLiteral(items: readonly Estimate[]): Estimate {
  const item = items.map(({ shape }) => shape).reduce(largerOf, SCALAR);
  return { ...plus(...items, fixed(LIST)), shape: { kind: 'list', size: items.length, item } };
}

function mapLiteral(parts: readonly Estimate[]): Estimate {
  return { ...plus(...parts, fixed(MAP)), shape: { kind: 'map', size: parts.length / 2, item: UNKNOWN } };
}

function literalShape(value: unknown): Shape {
  return typeof value === 'string' ? { kind: 'text', size: value.length } : SCALAR;
}

const NOTHING: Estimate = { min: 0, max: 0, shape: SCALAR };

function fixed(cost: number): Cost {
  return { min: cost, max: cost };
}

function plus(...costs: readonly Cost[]): Cost {
  return {
    min: capped(costs.reduce((sum, { min }) => sum + min, 0)),
    max: capped(costs.reduce((sum, { max }) => sum + max, 0)),
  };
}
