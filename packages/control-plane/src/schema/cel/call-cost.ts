import { SCALAR, UNKNOWN, type Shape } from './shape.ts';
import { capped, itemOf, largerOf, sizeOf, steps } from './sizes.ts';

/** Reading a character, as a part of a step. */
export const TRAVERSAL = 0.1;
/** Reading a character of a pattern. */
const PATTERN = 0.25;

/** What a call costs besides its arguments; the receiver comes first. */
export function callCost(name: string, shapes: readonly Shape[]): number {
  const [a = SCALAR, b = SCALAR] = shapes;
  if (a.kind === 'list' && name.endsWith('ndexOf')) return sizeOf(a) * comparison(b);
  return COSTS.get(name)?.(a, b) ?? 1;
}

/** How large the result of a call can be; the receiver comes first. */
export function resultShape(name: string, shapes: readonly Shape[]): Shape {
  const [a = SCALAR, b = SCALAR, c = SCALAR] = shapes;
  return RESULTS.get(name)?.(a, b, c) ?? SCALAR;
}

function comparison(shape: Shape): number {
  return Math.max(1, steps(sizeOf(shape), TRAVERSAL));
}

type CostOf = (a: Shape, b: Shape) => number;

const reading: CostOf = (text) => (text.kind === 'scalar' ? 1 : steps(sizeOf(text), TRAVERSAL));
const matching: CostOf = (text, pattern) =>
  steps(sizeOf(text) + 1, TRAVERSAL) * steps(sizeOf(pattern), PATTERN);
const rewriting: CostOf = (text) => steps(sizeOf(text), 2 * TRAVERSAL);
const comparing: CostOf = (list) => sizeOf(list) * comparison(itemOf(list));

const COSTS: ReadonlyMap<string, CostOf> = new Map<string, CostOf>([
  ['contains', (text, part) => steps(sizeOf(text), TRAVERSAL) * steps(sizeOf(part), TRAVERSAL)],
  ['join', (list, separator) => steps(sizeOf(list) * (sizeOf(itemOf(list)) + sizeOf(separator)), TRAVERSAL)],
  ...named(matching, 'matches', 'matchesInLinearTime', 'find', 'findAll'),
  ...named(rewriting, 'replace', 'format'),
  ...named(comparing, 'isSorted', 'sum', 'max', 'min'),
  ...named(
    reading,
    'startsWith',
    'endsWith',
    'lowerAscii',
    'upperAscii',
    'substring',
    'trim',
    'split',
    'charAt',
  ),
  ...named(
    reading,
    'indexOf',
    'lastIndexOf',
    'quote',
    'validate',
    'bytes',
    'string',
    'timestamp',
    'duration',
    'int',
  ),
  ...named(
    reading,
    'double',
    'url',
    'isURL',
    'ip',
    'isIP',
    'isCanonical',
    'cidr',
    'isCIDR',
    'quantity',
    'isQuantity',
  ),
  ...named(reading, 'semver', 'isSemver'),
]);

type ResultOf = (a: Shape, b: Shape, c: Shape) => Shape;

const same: ResultOf = (a) => a;
const parts: ResultOf = (text) => ({ kind: 'list', size: sizeOf(text), item: text });
const unknown: ResultOf = () => UNKNOWN;
const item: ResultOf = (list) => itemOf(list);

const RESULTS: ReadonlyMap<string, ResultOf> = new Map<string, ResultOf>([
  ...named(same, 'lowerAscii', 'upperAscii', 'substring', 'trim', 'find', 'charAt', 'dyn', 'value', 'bytes'),
  ...named(parts, 'split', 'findAll'),
  ...named(item, 'min', 'max'),
  ...named(unknown, 'format', 'quote', 'getHost', 'getEscapedPath', 'getQuery'),
  // How long the text of a number is, a real server does not know either.
  ['string', (a) => (a.kind === 'text' ? a : UNKNOWN)],
  ['orValue', largerOf],
  ['replace', (text, _from, to) => ({ kind: 'text', size: capped(sizeOf(text) * Math.max(1, sizeOf(to))) })],
  [
    'join',
    (list, separator) => ({
      kind: 'text',
      size: capped(sizeOf(list) * (sizeOf(itemOf(list)) + sizeOf(separator))),
    }),
  ],
]);

function named<T>(value: T, ...names: readonly string[]): ReadonlyArray<readonly [string, T]> {
  return names.map((name) => [name, value]);
}
