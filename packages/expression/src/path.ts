import type { Json, Value } from './json.ts';
import { Matches, type Origin } from './matches.ts';
import { child, childNamed, element, field, isIndex, member } from './member.ts';
import { isInherited } from './prototypes.ts';
import type { Evaluate, Scope } from './scope.ts';
import { compileSegment } from './segments.ts';
import { compileSelector } from './selectors.ts';
import type { Node, PathNode, Segment } from './syntax.ts';

type Compile = (node: Node) => Evaluate;

/** One step that matches at most once. */
type Walk = (value: Value, scope: Scope) => Value;

/**
 * Compiles a path. No match is missing, one match is that value itself, more are an array. The steps in front that
 * cannot match twice become a direct walk.
 */
export function compilePath(path: PathNode, compile: Compile): Evaluate {
  const walks = singularWalks(path.segments, compile);
  const start = compileWalks(compileBase(path, compile), walks);
  const rest = path.segments.slice(walks.length);
  if (rest.length === 0) return staticWalk(path) ?? start;
  return manyFrom(start, rest, compile, (values) => (values.length > 1 ? values : values[0]));
}

/** Compiles a path to where its only match sits; several matches, none, and the root itself sit nowhere. */
export function compileOrigin(path: PathNode, compile: Compile): (scope: Scope) => Origin | undefined {
  const last = path.segments.at(-1);
  if (last === undefined) return path.base === '@' ? currentOrigin : () => undefined;
  if (last.kind !== 'select') return () => undefined;
  const parentsOf = manyFrom(
    compileBase(path, compile),
    path.segments.slice(0, -1),
    compile,
    (values) => values,
  );
  const selects = last.selectors.map((selector) => compileSelector(selector, compile));
  return (scope) => {
    const parents = parentsOf(scope);
    const matches = new Matches('located');
    for (const select of selects) select(parents, scope, matches);
    return matches.values.length === 1 ? matches.origins?.[0] : undefined;
  };
}

function currentOrigin({ parent, key }: Scope): Origin | undefined {
  return parent === undefined ? undefined : { parent, key };
}

function compileBase({ base }: PathNode, compile: Compile): Evaluate {
  if (base === '$') return (scope) => scope.root;
  return base === '@' ? (scope) => scope.current : compile(base);
}

/** Follows steps that may match any number of times. */
function manyFrom<T>(
  start: Evaluate,
  segments: readonly Segment[],
  compile: Compile,
  finish: (values: readonly Json[]) => T,
): (scope: Scope) => T {
  const steps = segments.map((segment) => compileSegment(segment, compile));
  return (scope) => {
    const first = start(scope);
    let values: readonly Json[] = first === undefined ? [] : [first];
    for (const step of steps) values = step(values, scope);
    return finish(values);
  };
}

function compileWalks(base: Evaluate, walks: readonly Walk[]): Evaluate {
  const [first, second, third] = walks;
  if (first === undefined) return base;
  if (second === undefined) return (scope) => first(base(scope), scope);
  if (third === undefined) return (scope) => second(first(base(scope), scope), scope);
  if (walks.length === 3) return (scope) => third(second(first(base(scope), scope), scope), scope);
  return (scope) => {
    let value = base(scope);
    for (const walk of walks) value = walk(value, scope);
    return value;
  };
}

/** The walk of an expression that is nothing but `$` and one to three names; it needs no scope. */
export function directWalk(node: Node): ((root: Value) => Value) | undefined {
  if (node.kind !== 'path' || node.base !== '$') return undefined;
  const names = namesOf(node.segments);
  const [first, second, third] = names ?? [];
  if (names === undefined || first === undefined || names.length > 3 || names.includes('length'))
    return undefined;
  if (second === undefined) return (root) => childNamed(root, first);
  if (third === undefined) return (root) => childNamed(childNamed(root, first), second);
  return (root) => childNamed(childNamed(childNamed(root, first), second), third);
}

/** A step that is one name, which no JSON value inherits and which is no index, or one index. */
export type Step = string | number;

/** The steps of a path from `$` that has no others. */
export function stepsOf({ base, segments }: PathNode): readonly Step[] | undefined {
  if (base !== '$') return undefined;
  const steps: Step[] = [];
  for (const segment of segments) {
    const selector = onlySelector(segment);
    if (selector?.kind === 'index') steps.push(selector.index);
    else if (selector?.kind === 'name' && !isInherited(selector.name) && !isIndex(selector.name))
      steps.push(selector.name);
    else return undefined;
  }
  return steps;
}

/** The names of steps that are nothing else. */
function namesOf(segments: readonly Segment[]): readonly string[] | undefined {
  const names: string[] = [];
  for (const segment of segments) {
    const selector = onlySelector(segment);
    if (selector?.kind !== 'name') return undefined;
    names.push(selector.name);
  }
  return names;
}

/** The walk of the most frequent paths, `$` or `@` and up to three names, without any closure in between. */
function staticWalk({ base, segments }: PathNode): Evaluate | undefined {
  const names = namesOf(segments);
  const [first, second, third] = names ?? [];
  if (names === undefined || first === undefined || names.length > 3 || names.some(isInherited))
    return undefined;
  if (base === '@') return second === undefined ? (scope) => field(scope.current, first, scope) : undefined;
  if (base !== '$') return undefined;
  if (second === undefined) return (scope) => field(scope.root, first, scope);
  if (third === undefined) return (scope) => field(field(scope.root, first, scope), second, scope);
  return (scope) => field(field(field(scope.root, first, scope), second, scope), third, scope);
}

/** One function for each of the leading steps that have one selector and match at most once. */
function singularWalks(segments: readonly Segment[], compile: Compile): readonly Walk[] {
  const walks: Walk[] = [];
  for (const segment of segments) {
    const walk = singularWalk(segment, compile);
    if (walk === undefined) break;
    walks.push(walk);
  }
  return walks;
}

function singularWalk(segment: Segment, compile: Compile): Walk | undefined {
  const selector = onlySelector(segment);
  if (selector?.kind === 'name') {
    const { name } = selector;
    if (isInherited(name)) return (value, scope) => member(value, name, scope);
    return (value, scope) => field(value, name, scope);
  }
  if (selector?.kind === 'index') return (value) => element(value, selector.index);
  if (selector?.kind !== 'dynamic') return undefined;
  const key = compile(selector.expression);
  return (value, scope) => child(value, scope.within(value, key), scope);
}

function onlySelector(
  segment: Segment,
): Extract<Segment, { kind: 'select' }>['selectors'][number] | undefined {
  return segment.kind === 'select' && segment.selectors.length === 1 ? segment.selectors[0] : undefined;
}
