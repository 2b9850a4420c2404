import { ExpressionError } from '../expression-error.ts';
import { bounded } from '../text.ts';
import { type FunctionDefinition, unary } from './function-definition.ts';

const ALPHABET = /^[A-Za-z0-9+/]*$/;

/** Base64 of UTF-8 text. Anything but text is null. */
export const BASE64: Readonly<Record<string, FunctionDefinition>> = {
  b64encode: unary((value) => (typeof value === 'string' ? encode(value) : null)),
  b64encoden: unary((value) => (typeof value === 'string' ? encode(value).replaceAll('=', '') : null)),
  b64decode: unary((value) => (typeof value === 'string' ? decode(value) : null)),
};

function encode(text: string): string {
  return bounded(Buffer.from(text, 'utf8').toString('base64'));
}

/** Takes padding or none; line breaks are skipped. */
function decode(text: string): string {
  const compact = text.replaceAll(/[\r\n]/g, '');
  const digits = compact.length % 4 === 0 ? compact.replace(/={1,2}$/, '') : compact;
  if (!ALPHABET.test(digits) || digits.length % 4 === 1) {
    throw new ExpressionError('TYPE', 'b64decode needs base64 text of the standard alphabet (+ and /)');
  }
  return bounded(Buffer.from(digits, 'base64').toString('utf8'));
}
