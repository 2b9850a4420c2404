import { ExpressionError } from '../expression-error.ts';
import { isArray, type Value } from '../json.ts';
import { describe, type Kind } from '../kind.ts';
import { integer } from '../operators.ts';
import { bounded, byteLength, joined } from '../text.ts';
import { mapPieces, trimSpace } from './code-points.ts';
import {
  BOOLEAN,
  type FunctionDefinition,
  NUMBER,
  TEXT,
  textArgument,
  unary,
} from './function-definition.ts';
import { substr } from './substr.ts';

const ARRAY: readonly Kind[] = ['array'];

/** Functions on text. A missing argument of the first four is no error: the result is null. */
export const STRING: readonly FunctionDefinition[] = [
  mapText('upper', (text) => mapPieces(text, toUpper)),
  mapText('lower', (text) => mapPieces(text, toLower)),
  mapText('trim', trimSpace),
  mapText('reverse', (text) => Array.from(text).reverse().join('')),
  onText('split', { takes: ['text', 'separator'], gives: ARRAY }, ([text, separator]) =>
    separator === '' ? Array.from(text) : text.split(separator),
  ),
  onText('contains', { takes: ['text', 'part'], gives: BOOLEAN }, ([text, part]) => text.includes(part)),
  onText('hasPrefix', { takes: ['text', 'prefix'], gives: BOOLEAN }, ([text, prefix]) =>
    text.startsWith(prefix),
  ),
  onText('hasSuffix', { takes: ['text', 'suffix'], gives: BOOLEAN }, ([text, suffix]) =>
    text.endsWith(suffix),
  ),
  onText('index', { takes: ['text', 'part'], gives: NUMBER }, ([text, part]) => byteIndex(text, part)),
  onText('replace', { takes: ['text', 'old', 'new'], gives: TEXT }, ([text, old, replacement]) =>
    replace(text, old, replacement),
  ),
  {
    name: 'join',
    parameters: [
      { name: 'items', kinds: ['array', 'string'] },
      { name: 'separator', kinds: TEXT },
    ],
    result: TEXT,
    call: ([items, separator]) => join(items, textArgument(separator, 'join')),
  },
  {
    name: 'substr',
    parameters: [
      { name: 'text', kinds: TEXT },
      { name: 'start', kinds: NUMBER },
      { name: 'length', kinds: NUMBER, isOptional: true },
    ],
    result: TEXT,
    call: (values: readonly Value[]): string => {
      const start = integer(values[1], 'substr');
      const length = values.length < 3 ? undefined : integer(values[2], 'substr');
      return substr(textArgument(values[0], 'substr'), start, length);
    },
  },
];

function mapText(name: string, map: (text: string) => string): FunctionDefinition {
  return unary({ name, takes: ['string', 'missing'], gives: ['string', 'null'] }, (value) =>
    value === undefined ? null : bounded(map(textArgument(value, name))),
  );
}

type Texts = readonly [string, string, string];

/** A function of two or three texts. */
function onText(
  name: string,
  { takes, gives }: { readonly takes: readonly string[]; readonly gives: readonly Kind[] },
  call: (texts: Texts) => Value,
): FunctionDefinition {
  return {
    name,
    parameters: takes.map((parameter) => ({ name: parameter, kinds: TEXT })),
    result: gives,
    call: ([first, second, third]) =>
      call([
        textArgument(first, name),
        textArgument(second, name),
        takes.length === 2 ? '' : textArgument(third, name),
      ]),
  };
}

/** In bytes, so that it fits `substr` and `length`. */
function byteIndex(text: string, part: string): number {
  const index = text.indexOf(part);
  return index <= 0 ? index : byteLength(text.slice(0, index));
}

/** Replaces every occurrence; an empty `old` matches before each character and at the end. */
function replace(text: string, old: string, replacement: string): string {
  const parts = old === '' ? ['', ...text, ''] : text.split(old);
  return joined(parts, replacement);
}

/** A path that matched once gives its value, not an array, so text counts as a list of one. */
function join(items: Value, separator: string): string {
  if (typeof items === 'string') return items;
  if (!isArray(items)) throw notTexts(`got ${describe(items)}`);
  const texts: string[] = [];
  for (const item of items) {
    if (typeof item !== 'string') {
      throw notTexts(`found ${describe(item)} in it`);
    }
    texts.push(item);
  }
  return joined(texts, separator);
}

function notTexts(found: string): ExpressionError {
  return new ExpressionError('TYPE', `join needs an array of text, ${found}`, {
    expected: 'an array of strings',
  });
}

/** One character for one: `ß` has no upper-case letter of its own and stays. */
function toUpper(piece: string): string {
  const upper = piece.toUpperCase();
  return upper.length === piece.length ? upper : piece;
}

function toLower(piece: string): string {
  return piece.toLowerCase().slice(0, piece.length);
}
