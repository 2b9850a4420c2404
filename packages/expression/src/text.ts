import { ExpressionError } from './expression-error.ts';
import type { Json, Value } from './json.ts';
import { MAX_STRING_BYTES } from './limits.ts';
import { numberFromText } from './number.ts';

/** The length of a string in UTF-8 bytes. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** Returns `text`. @throws ExpressionError `LIMIT` above 1 MiB. */
export function bounded(text: string): string {
  const isLong = text.length * 3 > MAX_STRING_BYTES;
  if (isLong && (text.length > MAX_STRING_BYTES || byteLength(text) > MAX_STRING_BYTES)) throw tooLong();
  return text;
}

/** Joins texts. @throws ExpressionError `LIMIT` before it builds more than 1 MiB. */
export function joined(texts: readonly string[], separator = ''): string {
  let length = separator.length * Math.max(texts.length - 1, 0);
  for (const text of texts) length += text.length;
  if (length > MAX_STRING_BYTES) throw tooLong();
  return bounded(texts.join(separator));
}

/** A value as a piece of a text: nothing for what is missing. */
export function textForm(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? jsonText(value) : String(value);
}

/** A value as JSON text. */
export function jsonText(value: Json): string {
  try {
    return bounded(stringify(value));
  } catch (error) {
    if (ExpressionError.is(error)) throw error;
    throw new ExpressionError('LIMIT', 'the value nests too deeply to be written as JSON', { cause: error });
  }
}

/** Reads JSON text; integers that a number would change become bigints. @throws SyntaxError when it is not JSON. */
export function valueFromJson(text: string): Json {
  return LONG_NUMBER.test(text) ? (EXACT.parse(text, exactly) as Json) : (JSON.parse(text) as Json);
}

/** Spelled out, because V8 skips through the text for it; for `\d{16}` it tries at every place. */
const LONG_NUMBER = new RegExp(String.raw`\d`.repeat(16));

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

const exactly: Reviver = (_key, value, { source }) => {
  if (typeof value !== 'number' || source === undefined) return value;
  const number = numberFromText(source);
  if (number === undefined) throw new SyntaxError(`${source.slice(0, 40)} is too large for a number`);
  return number;
};

/** Bigints are written as the integers they are. */
function stringify(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, (_key, part: unknown) =>
      typeof part === 'bigint' ? EXACT.rawJSON(String(part)) : part,
    );
  }
}

/** What Node's JSON can do that TypeScript's library does not know yet. */
const EXACT = JSON as unknown as {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON(text: string): unknown;
};

function tooLong(): ExpressionError {
  return new ExpressionError(
    'LIMIT',
    `the text is longer than ${MAX_STRING_BYTES} bytes; build it from smaller parts`,
  );
}
