import { isTruthy } from './compare.ts';
import { isArray, type Json } from './json.ts';
import { KEY_STEPS } from './limits.ts';
import type { Matches } from './matches.ts';
import { child, childrenOf, element, member } from './member.ts';
import { integer } from './operators.ts';
import type { Evaluate, Scope } from './scope.ts';
import { sliceIndexes } from './slice.ts';
import type { Node, Selector, SliceSelector } from './syntax.ts';

/** Adds what a selector finds in each of `parents` to the matches. */
export type Select = (parents: readonly Json[], scope: Scope, matches: Matches) => void;

/** How many tokens of an inner expression are worth a step, each time it runs. */
const TOKENS_A_STEP = 4;

/** Compiles one selector of a path step. */
export function compileSelector(selector: Selector, compile: (node: Node) => Evaluate): Select {
  switch (selector.kind) {
    case 'name':
      return selectName(selector.name);
    case 'index':
      return selectIndex(selector.index);
    case 'all':
      return selectAll;
    case 'slice':
      return selectSlice(selector, compile);
    case 'filter':
      return selectFiltered(compile(selector.predicate), selector.cost);
    case 'dynamic':
      return selectDynamic(compile(selector.expression), selector.cost);
  }
}

function selectName(name: string): Select {
  return (parents, scope, matches) => {
    scope.charge(parents.length);
    for (const parent of parents) matches.keep(member(parent, name, scope), parent, name);
  };
}

function selectIndex(index: number): Select {
  return (parents, scope, matches) => {
    scope.charge(parents.length);
    for (const parent of parents) matches.keep(element(parent, index), parent, index);
  };
}

function selectAll(parents: readonly Json[], scope: Scope, matches: Matches): void {
  for (const parent of parents) {
    const { values, keys } = childrenOf(parent);
    scope.charge(childrenCost(keys, values));
    for (let index = 0; index < values.length; index += 1)
      matches.keep(values[index], parent, keys?.[index] ?? index);
  }
}

function selectFiltered(predicate: Evaluate, cost: number): Select {
  const filterCost = cost / TOKENS_A_STEP;
  return (parents, scope, matches) => {
    for (const parent of parents) {
      const { values, keys } = childrenOf(parent);
      scope.charge(childrenCost(keys, values) + values.length * filterCost);
      for (let index = 0; index < values.length; index += 1) {
        const value = values[index];
        const key = keys?.[index] ?? index;
        if (isTruthy(scope.within(value, predicate, parent, key), scope)) matches.keep(value, parent, key);
      }
    }
  };
}

function selectDynamic(expression: Evaluate, cost: number): Select {
  return (parents, scope, matches) => {
    scope.charge(parents.length * (1 + cost / TOKENS_A_STEP));
    for (const parent of parents) {
      const wanted = scope.within(parent, expression);
      const key = typeof wanted === 'string' || typeof wanted === 'number' ? wanted : '';
      matches.keep(child(parent, wanted, scope), parent, key);
    }
  };
}

/** The keys of an object are sorted. */
function childrenCost(keys: readonly string[] | undefined, values: readonly Json[]): number {
  return 1 + (keys === undefined ? 1 : KEY_STEPS) * values.length;
}

function selectSlice(slice: SliceSelector, compile: (node: Node) => Evaluate): Select {
  const bounds = [slice.start, slice.end, slice.step].map((node) =>
    node === undefined ? undefined : compile(node),
  );
  return (parents, scope, matches) => {
    for (const parent of parents) {
      scope.charge(1 + slice.cost / TOKENS_A_STEP);
      if (!isArray(parent)) continue;
      const [start, end, step] = bounds.map((bound) =>
        bound === undefined ? undefined : integer(scope.within(parent, bound), '[start:end:step]'),
      );
      const indexes = sliceIndexes(parent.length, start, end, step);
      scope.charge(indexes.length);
      for (const index of indexes) matches.keep(parent[index], parent, index);
    }
  };
}
