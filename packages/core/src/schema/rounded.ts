import { type Json, isJsonObject } from '../json.ts';

/** Data below this is left alone: no schema reaches there. */
const MAX_DEPTH = 1000;

/** The value with each bigint as the nearest number: the same value when it holds none, else a copy along the paths. */
export function rounded(value: Json, depth = 0): Json {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (!isJsonObject(value)) {
    const items = value.map((item) => rounded(item, depth + 1));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const fields = Object.entries(value).map(([key, child]) => [key, rounded(child, depth + 1)] as const);
  return fields.some(([key, child]) => child !== value[key]) ? Object.fromEntries(fields) : value;
}
