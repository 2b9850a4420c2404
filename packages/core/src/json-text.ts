import type { Json } from './json.ts';

/**
 * Reads JSON text. Integers that a JavaScript number cannot hold become bigints, so that they are written back exactly.
 * Only text that holds a number of 16 digits is read the slow way; looking for one costs a twentieth of the reading.
 *
 * @throws SyntaxError when the text is not JSON or holds an integer of more than 1000 digits.
 */
export function parseJson(text: string): Json {
  return LONG_NUMBER.test(text) ? (EXACT.parse(text, exactly) as Json) : (JSON.parse(text) as Json);
}

/** Writes a JSON value, the inverse of {@link parseJson}. Without bigints it costs what `JSON.stringify` does. */
export function stringifyJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // A bigint, or something that fails again.
    return JSON.stringify(value, (_key, part: unknown) =>
      typeof part === 'bigint' ? EXACT.rawJSON(String(part)) : part,
    );
  }
}

/** Spelled out, because V8 skips through the text for it; for `\d{16}` it tries at every place. */
const LONG_NUMBER = new RegExp(String.raw`\d`.repeat(16));
const INTEGER = /^-?\d+$/;
/** Reading and writing decimal digits takes more than linear time. */
const MAX_DIGITS = 1000;

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** What Node's JSON can do that TypeScript's library does not know yet. */
const EXACT = JSON as unknown as {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON(text: string): unknown;
};

const exactly: Reviver = (_key, value, { source }) => {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  if (source === undefined || !INTEGER.test(source)) return value;
  if (source.length > MAX_DIGITS)
    throw new SyntaxError(`an integer has ${source.length} digits; at most ${MAX_DIGITS} are read`);
  return BigInt(source);
};
