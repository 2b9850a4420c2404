import { ExpressionError } from '../expression-error.ts';
import { bounded } from '../text.ts';
import { ANY, type FunctionDefinition, unary } from './function-definition.ts';

const ALPHABET = /^[A-Za-z0-9+/]*$/;

/** Base64 of UTF-8 text. Anything but text is null. */
export const BASE64: readonly FunctionDefinition[] = [
  onText('b64encode', encode),
  onText('b64encodeN', (text) => encode(text).replaceAll('=', '')),
  onText('b64decode', decode),
];

function onText(name: string, map: (text: string) => string): FunctionDefinition {
  return unary({ name, takes: ANY, gives: ['string', 'null'] }, (value) =>
    typeof value === 'string' ? map(value) : null,
  );
}

function encode(text: string): string {
  return bounded(Buffer.from(text, 'utf8').toString('base64'));
}

/** Takes padding or none; line breaks are skipped. */
function decode(text: string): string {
  const compact = text.replaceAll(/[\r\n]/g, '');
  const digits = compact.length % 4 === 0 ? compact.replace(/={1,2}$/, '') : compact;
  if (!ALPHABET.test(digits) || digits.length % 4 === 1) {
    throw new ExpressionError('TYPE', 'b64decode needs base64 text of the standard alphabet (+ and /)', {
      expected: 'base64 text',
    });
  }
  return bounded(Buffer.from(digits, 'base64').toString('utf8'));
}
