import { SCALAR, UNKNOWN, type Shape } from './shape.ts';

/** What no size bounds. */
const UNBOUNDED = 2 ** 64 - 1;

/** How large a member can be. */
export function memberOf(shape: Shape, name: string): Shape {
  if (shape.kind === 'object') return shape.fields.get(name) ?? UNKNOWN;
  return shape.kind === 'map' ? shape.item : UNKNOWN;
}

/** How large an item can be. */
export function itemOf(shape: Shape): Shape {
  if (shape.kind === 'list' || shape.kind === 'map') return shape.item;
  // The members of a value that a schema calls a map are known one by one.
  return shape.kind === 'object' ? [...shape.fields.values()].reduce(largerOf, SCALAR) : UNKNOWN;
}

/** How large two values together can be. */
export function sumOf(left: Shape, right: Shape): Shape {
  if (left.kind === 'scalar') return SCALAR;
  const size = capped(sizeOf(left) + sizeOf(right));
  return left.kind === 'list'
    ? { kind: 'list', size, item: largerOf(left.item, itemOf(right)) }
    : { kind: 'text', size };
}

/** The larger of two. */
export function largerOf(a: Shape, b: Shape): Shape {
  return sizeOf(a) >= sizeOf(b) && a.kind !== 'scalar' ? a : b;
}

/** How much there can be to read. */
export function sizeOf(shape: Shape): number {
  switch (shape.kind) {
    case 'scalar':
      return 1;
    case 'unknown':
      return UNBOUNDED;
    case 'object':
      return shape.fields.size;
    default:
      return shape.size;
  }
}

/** The cost of so many parts of a step. */
export function steps(size: number, factor: number): number {
  return Math.ceil(capped(size * factor));
}

/** Nothing is larger than what no size bounds. */
export function capped(value: number): number {
  return Math.min(value, UNBOUNDED);
}
