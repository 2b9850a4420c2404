import { ExpressionError } from '../expression-error.ts';
import { byteLength } from '../text.ts';
import { isAscii } from './code-points.ts';

/**
 * The part of `text` from `start`, from the end when negative, `length` long or to the end. Positions are bytes, as
 * those of `index` and `length`; where they would cut a character in two, they count characters instead.
 */
export function substr(text: string, start: number, length: number | undefined): string {
  if (length !== undefined && length < 0) {
    throw new ExpressionError('ARITHMETIC', 'substr: the length must not be negative');
  }
  if (isAscii(text)) return text.slice(...range(text.length, start, length));
  const [from, to] = range(byteLength(text), start, length);
  const bytes = Buffer.from(text, 'utf8');
  if (isBoundary(bytes, from) && isBoundary(bytes, to)) return bytes.toString('utf8', from, to);
  const characters = Array.from(text);
  return characters.slice(...range(characters.length, start, length)).join('');
}

/** The half-open range, clamped to what exists. */
function range(size: number, start: number, length: number | undefined): [from: number, to: number] {
  const from = Math.min(Math.max(start < 0 ? start + size : start, 0), size);
  return [from, length === undefined ? size : Math.min(from + length, size)];
}

/** Bytes 10xxxxxx continue a character. */
function isBoundary(bytes: Buffer, offset: number): boolean {
  return offset >= bytes.length || ((bytes[offset] ?? 0) & 0xc0) !== 0x80;
}
