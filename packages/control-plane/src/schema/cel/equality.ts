/** Something that knows what it is equal to. */
export interface CelComparable {
  equals(other: unknown): boolean;
}

/** Whether two values are equal in CEL: numbers by value, lists and maps by their members. */
export function isCelEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNumber(a) && isNumber(b)) return typeof a === typeof b ? a === b : Number(a) === Number(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if ('equals' in a && typeof a.equals === 'function') return (a as CelComparable).equals(b);
  if (a instanceof Date || b instanceof Date) return a.valueOf() === b.valueOf();
  if (Array.isArray(a) !== Array.isArray(b) || Object.keys(a).length !== Object.keys(b).length) return false;
  return Object.entries(a).every(
    ([key, item]) => Object.hasOwn(b, key) && isCelEqual(item, b[key as keyof typeof a]),
  );
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}
