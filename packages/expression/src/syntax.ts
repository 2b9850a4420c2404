import type { Json } from './json.ts';

/** The syntax tree. `position` is the offset of the token an error is reported at. */
export type Node =
  | { readonly kind: 'literal'; readonly value: Json }
  | PathNode
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly arguments: readonly Node[];
      readonly position: number;
    }
  | {
      readonly kind: 'unary';
      readonly operator: '!' | '-';
      readonly operand: Node;
      readonly position: number;
    }
  | BinaryNode
  | { readonly kind: 'ternary'; readonly condition: Node; readonly whenTrue: Node; readonly whenFalse: Node }
  | { readonly kind: 'array'; readonly items: readonly Node[] }
  | { readonly kind: 'object'; readonly entries: ReadonlyArray<readonly [key: string, value: Node]> };

export interface PathNode {
  readonly kind: 'path';
  readonly base: '$' | '@' | Node;
  readonly segments: readonly Segment[];
  readonly position: number;
}

export interface BinaryNode {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Node;
  readonly right: Node;
  readonly position: number;
}

/** One step of a path: `..`, or one or more selectors (`['a','b']` has two). */
export type Segment =
  { readonly kind: 'descend' } | { readonly kind: 'select'; readonly selectors: readonly Selector[] };

export type Selector =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | SliceSelector
  | { readonly kind: 'filter'; readonly predicate: Node; readonly cost: number }
  | { readonly kind: 'dynamic'; readonly expression: Node; readonly cost: number };

export interface SliceSelector {
  readonly kind: 'slice';
  readonly start: Node | undefined;
  readonly end: Node | undefined;
  readonly step: Node | undefined;
  readonly cost: number;
}

export type BinaryOperator = keyof typeof PRECEDENCE;

/** Higher binds tighter; only `**` groups to the right. */
export const PRECEDENCE = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '=~': 3,
  '+': 4,
  '-': 4,
  // Above `+`, so that `1 + 1 | 1` keeps the value stored flows rely on.
  '|': 5,
  '^': 5,
  '*': 6,
  '/': 6,
  '%': 6,
  '<<': 6,
  '>>': 6,
  '&': 6,
  '&^': 6,
  '**': 7,
} as const;

export function isBinaryOperator(text: string): text is BinaryOperator {
  return Object.hasOwn(PRECEDENCE, text);
}
