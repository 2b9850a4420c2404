import type { Environment } from '@marcbachmann/cel-js';

import { isCelEqual } from '../equality.ts';

type Comparable = string | number | bigint;

/** Lists and lists taken as sets. */
export function registerLists(environment: Environment): void {
  environment
    .registerFunction('list<dyn>.isSorted(): bool', (list: readonly Comparable[]) => {
      return list.every((item, index) => index === 0 || (list[index - 1] ?? item) <= item);
    })
    .registerFunction('list<dyn>.sum(): dyn', sum)
    .registerFunction('list<dyn>.max(): dyn', (list: readonly Comparable[]) => extreme(list, (a, b) => a > b))
    .registerFunction('list<dyn>.min(): dyn', (list: readonly Comparable[]) => extreme(list, (a, b) => a < b))
    .registerFunction('list<dyn>.indexOf(dyn): int', (list: readonly unknown[], wanted: unknown) => {
      return BigInt(list.findIndex((item) => isCelEqual(item, wanted)));
    })
    .registerFunction('list<dyn>.lastIndexOf(dyn): int', (list: readonly unknown[], wanted: unknown) => {
      return BigInt(list.findLastIndex((item) => isCelEqual(item, wanted)));
    })
    .registerType('SetsNamespace', SetsNamespace)
    .registerConstant('sets', 'SetsNamespace', new SetsNamespace())
    .registerFunction(
      'SetsNamespace.contains(list<dyn>, list<dyn>): bool',
      (_: unknown, a: List, b: List) => {
        return contains(a, b);
      },
    )
    .registerFunction(
      'SetsNamespace.equivalent(list<dyn>, list<dyn>): bool',
      (_: unknown, a: List, b: List) => {
        return contains(a, b) && contains(b, a);
      },
    )
    .registerFunction(
      'SetsNamespace.intersects(list<dyn>, list<dyn>): bool',
      (_: unknown, a: List, b: List) => {
        return b.length > 0 && a.some((item) => b.some((other) => isCelEqual(item, other)));
      },
    );
}

type List = readonly unknown[];

class SetsNamespace {}

function contains(list: List, others: List): boolean {
  return others.every((other) => list.some((item) => isCelEqual(item, other)));
}

function sum(list: readonly (number | bigint)[]): number | bigint {
  return list.every((item) => typeof item === 'bigint')
    ? list.reduce((total, item) => total + item, 0n)
    : list.reduce<number>((total, item) => total + Number(item), 0);
}

function extreme(
  list: readonly Comparable[],
  isBetter: (a: Comparable, b: Comparable) => boolean,
): Comparable {
  const [first, ...rest] = list;
  if (first === undefined) throw new RangeError('min/max called on empty list');
  return rest.reduce((best, item) => (isBetter(item, best) ? item : best), first);
}
