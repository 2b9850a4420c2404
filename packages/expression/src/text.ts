import { ExpressionError } from './expression-error.ts';
import type { Json } from './json.ts';
import { MAX_STRING_BYTES } from './limits.ts';

/** The length of a string in UTF-8 bytes. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** Returns `text`. @throws ExpressionError `LIMIT` above 1 MiB. */
export function bounded(text: string): string {
  if (text.length * 3 > MAX_STRING_BYTES && byteLength(text) > MAX_STRING_BYTES) throw tooLong();
  return text;
}

/** Joins texts. @throws ExpressionError `LIMIT` before it builds more than 1 MiB. */
export function joined(texts: readonly string[], separator = ''): string {
  let length = separator.length * Math.max(texts.length - 1, 0);
  for (const text of texts) length += text.length;
  if (length > MAX_STRING_BYTES) throw tooLong();
  return bounded(texts.join(separator));
}

/** A value as JSON text. */
export function jsonText(value: Json): string {
  try {
    return bounded(JSON.stringify(value));
  } catch (error) {
    if (ExpressionError.is(error)) throw error;
    throw new ExpressionError('LIMIT', 'the value nests too deeply to be written as JSON', { cause: error });
  }
}

function tooLong(): ExpressionError {
  return new ExpressionError(
    'LIMIT',
    `the text is longer than ${MAX_STRING_BYTES} bytes; build it from smaller parts`,
  );
}
