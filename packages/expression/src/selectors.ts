import { isTruthy } from './compare.ts';
import { ExpressionError } from './expression-error.ts';
import { isArray, isObject, type Json, type Value } from './json.ts';
import { MAX_DATA_DEPTH } from './limits.ts';
import { child, element, member, sortedKeys } from './member.ts';
import { integer } from './operators.ts';
import type { Evaluate, Origin, Scope } from './scope.ts';
import type { Node, Segment, Selector, SliceSelector } from './syntax.ts';

type Compile = (node: Node) => Evaluate;

/** Adds what a selector finds in `parent` to the matches. */
export type Select = (parent: Json, scope: Scope, matches: Matches) => void;

/** The values a step of a path found, and on request where it found them. */
export class Matches {
  readonly values: Json[] = [];
  readonly origins: Origin[] | undefined;

  constructor(options: { readonly located: boolean } = { located: false }) {
    this.origins = options.located ? [] : undefined;
  }

  /** Adds a value unless it is missing. */
  keep(value: Value, parent: Json, key: string | number): void {
    if (value === undefined) return;
    this.values.push(value);
    this.origins?.push({ parent, key });
  }
}

/** Compiles one step of a path over any number of values. */
export function compileSegment(
  segment: Segment,
  compile: Compile,
): (values: readonly Json[], scope: Scope) => readonly Json[] {
  if (segment.kind === 'descend') return descend;
  const selects = segment.selectors.map((selector) => compileSelector(selector, compile));
  return (values, scope) => {
    const matches = new Matches();
    scope.charge(values.length * selects.length);
    for (const select of selects) for (const value of values) select(value, scope, matches);
    return matches.values;
  };
}

export function compileSelector(selector: Selector, compile: Compile): Select {
  switch (selector.kind) {
    case 'name':
      return (parent, _scope, matches) => matches.keep(member(parent, selector.name), parent, selector.name);
    case 'index':
      return (parent, _scope, matches) =>
        matches.keep(element(parent, selector.index), parent, selector.index);
    case 'all':
      return (parent, scope, matches) =>
        eachChild(parent, scope, (value, key) => matches.keep(value, parent, key));
    case 'slice':
      return compileSlice(selector, compile);
    case 'filter':
      return compileFilter(compile(selector.predicate), selector.cost);
    case 'dynamic':
      return compileDynamic(compile(selector.expression), selector.cost);
  }
}

function compileFilter(predicate: Evaluate, cost: number): Select {
  return (parent, scope, matches) =>
    eachChild(parent, scope, (value, key) => {
      scope.charge(cost);
      if (isTruthy(scope.within(value, { parent, key }, predicate))) matches.keep(value, parent, key);
    });
}

function compileDynamic(expression: Evaluate, cost: number): Select {
  return (parent, scope, matches) => {
    scope.charge(cost);
    const wanted = scope.within(parent, undefined, expression);
    const key = typeof wanted === 'string' || typeof wanted === 'number' ? wanted : '';
    matches.keep(child(parent, wanted), parent, key);
  };
}

function compileSlice(slice: SliceSelector, compile: Compile): Select {
  const bounds = [slice.start, slice.end, slice.step].map((node) =>
    node === undefined ? undefined : compile(node),
  );
  return (parent, scope, matches) => {
    if (!isArray(parent)) return;
    scope.charge(slice.cost);
    const [start, end, step = 1] = bounds.map((bound) =>
      bound === undefined ? undefined : integer(scope.within(parent, undefined, bound), '[start:end:step]'),
    );
    for (const index of sliceIndexes(parent.length, start, end, step)) {
      scope.charge(1);
      matches.keep(parent[index], parent, index);
    }
  };
}

function* sliceIndexes(
  length: number,
  start: number | undefined,
  end: number | undefined,
  step: number,
): Generator<number> {
  if (step === 0) throw new ExpressionError('ARITHMETIC', 'the step of a slice must not be 0');
  const fromEnd = (bound: number): number => (bound < 0 ? bound + length : bound);
  if (step > 0) {
    const last = Math.min(end === undefined ? length : fromEnd(end), length);
    for (let index = Math.max(fromEnd(start ?? 0), 0); index < last; index += step) yield index;
  } else {
    const last = Math.max(end === undefined ? -1 : fromEnd(end), -1);
    const first = start === undefined ? length - 1 : fromEnd(start);
    // A start past the end still counts from there, so that steps land where they would in an endless array.
    for (let index = Math.min(first, length); index > last; index += step) if (index < length) yield index;
  }
}

/** The values themselves, then the containers below each: children first, then what is below each child. */
function descend(values: readonly Json[], scope: Scope): readonly Json[] {
  const found = [...values];
  for (const value of values) collectContainers(value, scope, found, 0);
  return found;
}

function collectContainers(parent: Json, scope: Scope, found: Json[], depth: number): void {
  if (depth > MAX_DATA_DEPTH) {
    throw new ExpressionError('LIMIT', `'..' follows at most ${MAX_DATA_DEPTH} levels of data`);
  }
  const containers: Json[] = [];
  eachChild(parent, scope, (value) => {
    if (typeof value === 'object' && value !== null) containers.push(value);
  });
  for (const container of containers) found.push(container);
  for (const container of containers) collectContainers(container, scope, found, depth + 1);
}

function eachChild(parent: Json, scope: Scope, visit: (value: Json, key: string | number) => void): void {
  if (isArray(parent)) {
    scope.charge(parent.length);
    parent.forEach(visit);
  } else if (isObject(parent)) {
    const keys = sortedKeys(parent);
    scope.charge(keys.length);
    for (const key of keys) {
      const value = member(parent, key);
      if (value !== undefined) visit(value, key);
    }
  }
}
