import type { JsonValue } from './json.ts';

/**
 * Reads JSON text as a real server does: a whole number of 64 bits keeps its digits, and is a bigint where a JavaScript
 * number would lose some; a larger one is the nearest number. Only text that holds a number of 16 digits is read the
 * slow way; looking for one costs a twentieth of the reading.
 *
 * @throws SyntaxError when the text is not JSON.
 */
export function readJson(text: string): JsonValue {
  return LONG_NUMBER.test(text) ? (EXACT.parse(text, exactly) as JsonValue) : (JSON.parse(text) as JsonValue);
}

/** Writes JSON text, the inverse of {@link readJson}. Without bigints it costs what `JSON.stringify` does. */
export function writeJson(value: object | JsonValue | undefined, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch {
    // A bigint, or something that fails again.
    return JSON.stringify(
      value,
      (_name, part: unknown) => (typeof part === 'bigint' ? EXACT.rawJSON(String(part)) : part),
      indent,
    );
  }
}

/** A whole number as {@link readJson} gives it. */
export function wholeNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) || BigInt.asIntN(64, value) !== value ? number : value;
}

/** Whether a text may hold a whole number that a JavaScript number cannot. */
export function mayHoldLongNumber(text: string): boolean {
  return LONG_NUMBER.test(text);
}

/** Turns the bigints of a value that nobody else has into numbers, as {@link wholeNumber} does. */
export function withWholeNumbers(value: JsonValue, seen = new Set<object>()): JsonValue {
  if (typeof value === 'bigint') return wholeNumber(value);
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  seen.add(value);
  const members = value as Record<string, JsonValue>;
  for (const [name, member] of Object.entries(members)) members[name] = withWholeNumbers(member, seen);
  return value;
}

/** Spelled out, because V8 skips through the text for it; for `\d{16}` it tries at every place. */
const LONG_NUMBER = new RegExp(String.raw`\d`.repeat(16));
/** No whole number of 64 bits has more characters; reading many digits takes more than linear time. */
const INT64 = /^-?\d{1,19}$/;

type Reviver = (name: string, value: unknown, context: { readonly source?: string }) => unknown;

/** What Node's JSON can do that TypeScript's library does not know yet. */
const EXACT = JSON as unknown as {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON(text: string): unknown;
};

const exactly: Reviver = (_name, value, { source }) =>
  typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined || !INT64.test(source)
    ? value
    : wholeNumber(BigInt(source));
