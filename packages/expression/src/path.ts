import type { Json, Value } from './json.ts';
import { child, element, member } from './member.ts';
import type { Evaluate, Origin, Scope } from './scope.ts';
import { compileSegment, compileSelector, Matches, type Select } from './selectors.ts';
import type { Node, PathNode, Segment, Selector } from './syntax.ts';

type Compile = (node: Node) => Evaluate;
type Step = (value: Value, scope: Scope) => Value;

/**
 * Compiles a path. No match is missing, one match is that value itself, more are an array. A path in which no step
 * can match twice becomes a direct walk.
 */
export function compilePath(path: PathNode, compile: Compile): Evaluate {
  const base = compileBase(path.base, compile);
  const names = staticNames(path.segments);
  if (path.base === '$' && names !== undefined) return walkNames(names);
  const steps = singularSteps(path.segments, compile);
  if (steps !== undefined) return (scope) => steps.reduce((value, step) => step(value, scope), base(scope));
  const segments = path.segments.map((segment) => compileSegment(segment, compile));
  return (scope) => {
    const start = base(scope);
    let values: readonly Json[] = start === undefined ? [] : [start];
    for (const segment of segments) values = segment(values, scope);
    return values.length > 1 ? values : values[0];
  };
}

/** Compiles a path to where its only match sits; several matches, none, and the root itself sit nowhere. */
export function compileOrigin(path: PathNode, compile: Compile): (scope: Scope) => Origin | undefined {
  const last = path.segments.at(-1);
  if (last === undefined) return path.base === '@' ? (scope) => scope.origin : () => undefined;
  if (last.kind !== 'select') return () => undefined;
  const base = compileBase(path.base, compile);
  const before = path.segments.slice(0, -1).map((segment) => compileSegment(segment, compile));
  const selects: readonly Select[] = last.selectors.map((selector) => compileSelector(selector, compile));
  return (scope) => {
    const start = base(scope);
    let parents: readonly Json[] = start === undefined ? [] : [start];
    for (const segment of before) parents = segment(parents, scope);
    const matches = new Matches({ located: true });
    for (const select of selects) for (const parent of parents) select(parent, scope, matches);
    return matches.values.length === 1 ? matches.origins?.[0] : undefined;
  };
}

function compileBase(base: PathNode['base'], compile: Compile): Evaluate {
  if (base === '$') return (scope) => scope.root;
  return base === '@' ? (scope) => scope.current : compile(base);
}

function walkNames(names: readonly string[]): Evaluate {
  const [first = '', second = '', third = ''] = names;
  switch (names.length) {
    case 0:
      return (scope) => scope.root;
    case 1:
      return (scope) => member(scope.root, first);
    case 2:
      return (scope) => member(member(scope.root, first), second);
    case 3:
      return (scope) => member(member(member(scope.root, first), second), third);
    default:
      return (scope) => {
        let value = scope.root;
        for (const name of names) value = member(value, name);
        return value;
      };
  }
}

function staticNames(segments: readonly Segment[]): readonly string[] | undefined {
  const names: string[] = [];
  for (const segment of segments) {
    const selector = onlySelector(segment);
    if (selector?.kind !== 'name') return undefined;
    names.push(selector.name);
  }
  return names;
}

/** One function per step, when every step has one selector that matches at most once. */
function singularSteps(segments: readonly Segment[], compile: Compile): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (const segment of segments) {
    const step = singularStep(onlySelector(segment), compile);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return steps;
}

function singularStep(selector: Selector | undefined, compile: Compile): Step | undefined {
  if (selector?.kind === 'name') return (value) => member(value, selector.name);
  if (selector?.kind === 'index') return (value) => element(value, selector.index);
  if (selector?.kind !== 'dynamic') return undefined;
  const key = compile(selector.expression);
  return (value, scope) => child(value, scope.within(value, undefined, key));
}

function onlySelector(segment: Segment): Selector | undefined {
  return segment.kind === 'select' && segment.selectors.length === 1 ? segment.selectors[0] : undefined;
}
