import { ExpressionError } from './expression-error.ts';
import type { Json } from './json.ts';
import { KEY_STEPS, MAX_DATA_DEPTH } from './limits.ts';
import { Matches } from './matches.ts';
import { childrenOf } from './member.ts';
import type { Evaluate, Scope } from './scope.ts';
import { compileSelector, type Select } from './selectors.ts';
import type { Node, Segment } from './syntax.ts';

/** One step of a path: from the values so far to those it finds. */
export type Step = (values: readonly Json[], scope: Scope) => readonly Json[];

/** Compiles a step over any number of values. A union goes through its selectors first, then through the values. */
export function compileSegment(segment: Segment, compile: (node: Node) => Evaluate): Step {
  if (segment.kind === 'descend') return descend;
  const selects: readonly Select[] = segment.selectors.map((selector) => compileSelector(selector, compile));
  return (values, scope) => {
    const matches = new Matches('plain');
    for (const select of selects) select(values, scope, matches);
    return matches.values;
  };
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
  const { values, keys } = childrenOf(parent);
  scope.charge((keys === undefined ? 1 : KEY_STEPS) * (1 + values.length));
  const first = found.length;
  for (const value of values) if (typeof value === 'object' && value !== null) found.push(value);
  const containers = found.slice(first);
  for (const container of containers) collectContainers(container, scope, found, depth + 1);
}
