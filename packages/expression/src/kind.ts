import { isArray, type Value } from './json.ts';

/** What kinds of values there are. A `missing` one is what a path that finds nothing gives. */
export type Kind = 'string' | 'number' | 'boolean' | 'null' | 'array' | 'object' | 'missing';

export function kindOf(value: Value): Kind {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (isArray(value)) return 'array';
  if (typeof value === 'bigint') return 'number';
  return typeof value as 'string' | 'number' | 'boolean' | 'object';
}

/** How error messages speak of a kind. */
export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'a boolean',
  null: 'null',
  array: 'an array',
  object: 'an object',
  missing: 'a missing value',
};

/** How error messages speak of a value. */
export function describe(value: Value): string {
  return typeof value === 'bigint' ? 'an integer beyond 2^53' : KIND_WORDS[kindOf(value)];
}
