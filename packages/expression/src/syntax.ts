import type { Json } from './json.ts';

/** The syntax tree of an expression. */
export type Node =
  LiteralNode | PathNode | CallNode | UnaryNode | BinaryNode | TernaryNode | ArrayNode | ObjectNode;

/** Where a node stands in the source: a half-open range of offsets in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A number, text, or named constant. */
export interface LiteralNode extends Span {
  readonly kind: 'literal';
  readonly value: Json;
}

/** Steps from the message (`$`), the tested element (`@`), or any other value. */
export interface PathNode extends Span {
  readonly kind: 'path';
  readonly base: '$' | '@' | Node;
  readonly segments: readonly Segment[];
}

/** `name(arguments)`, also written `first |> name(rest)`. */
export interface CallNode extends Span {
  readonly kind: 'call';
  /** As written, in any case. */
  readonly name: string;
  readonly arguments: readonly Node[];
  /** Offset of the name. */
  readonly position: number;
}

export interface UnaryNode extends Span {
  readonly kind: 'unary';
  readonly operator: '!' | '-';
  readonly operand: Node;
  /** Offset of the operator. */
  readonly position: number;
}

export interface BinaryNode extends Span {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Node;
  readonly right: Node;
  /** Offset of the operator. */
  readonly position: number;
}

/** `condition ? whenTrue : whenFalse`; only one branch is evaluated. */
export interface TernaryNode extends Span {
  readonly kind: 'ternary';
  readonly condition: Node;
  readonly whenTrue: Node;
  readonly whenFalse: Node;
}

export interface ArrayNode extends Span {
  readonly kind: 'array';
  readonly items: readonly Node[];
}

export interface ObjectNode extends Span {
  readonly kind: 'object';
  readonly entries: ReadonlyArray<readonly [key: string, value: Node]>;
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
