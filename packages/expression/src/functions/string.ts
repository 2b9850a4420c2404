import { ExpressionError } from '../expression-error.ts';
import { isArray, kindOf, type Value } from '../json.ts';
import { integer } from '../operators.ts';
import { bounded, byteLength, joined } from '../text.ts';
import { mapPieces, trimSpace } from './code-points.ts';
import { type FunctionDefinition, textArgument, unary } from './function-definition.ts';
import { substr } from './substr.ts';

/** Functions on text. A missing argument of the first four is no error: the result is null. */
export const STRING: Readonly<Record<string, FunctionDefinition>> = {
  upper: mapText('upper', (text) => mapPieces(text, toUpper)),
  lower: mapText('lower', (text) => mapPieces(text, toLower)),
  trim: mapText('trim', trimSpace),
  reverse: mapText('reverse', (text) => Array.from(text).reverse().join('')),
  split: onText('split', 2, ([text, separator]) =>
    separator === '' ? Array.from(text) : text.split(separator),
  ),
  contains: onText('contains', 2, ([text, part]) => text.includes(part)),
  hasprefix: onText('hasPrefix', 2, ([text, prefix]) => text.startsWith(prefix)),
  hassuffix: onText('hasSuffix', 2, ([text, suffix]) => text.endsWith(suffix)),
  index: onText('index', 2, ([text, part]) => byteIndex(text, part)),
  replace: onText('replace', 3, ([text, old, replacement]) => replace(text, old, replacement)),
  join: {
    minimum: 2,
    maximum: 2,
    call: ([items, separator]) => join(items, textArgument(separator, 'join')),
  },
  substr: {
    minimum: 2,
    maximum: 3,
    call: (values) => {
      const start = integer(values[1], 'substr');
      const length = values.length < 3 ? undefined : integer(values[2], 'substr');
      return substr(textArgument(values[0], 'substr'), start, length);
    },
  },
};

function mapText(name: string, map: (text: string) => string): FunctionDefinition {
  return unary((value) => (value === undefined ? null : bounded(map(textArgument(value, name)))));
}

type Texts = readonly [string, string, string];

function onText(name: string, count: 2 | 3, call: (texts: Texts) => Value): FunctionDefinition {
  return {
    minimum: count,
    maximum: count,
    call: ([first, second, third]) =>
      call([
        textArgument(first, name),
        textArgument(second, name),
        count === 2 ? '' : textArgument(third, name),
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
  if (!isArray(items)) throw new ExpressionError('TYPE', `join needs an array of text, got ${kindOf(items)}`);
  const texts: string[] = [];
  for (const item of items) {
    if (typeof item !== 'string') {
      throw new ExpressionError('TYPE', `join needs an array of text, found ${kindOf(item)} in it`);
    }
    texts.push(item);
  }
  return joined(texts, separator);
}

/** One character for one: `ß` has no upper-case letter of its own and stays. */
function toUpper(piece: string): string {
  const upper = piece.toUpperCase();
  return upper.length === piece.length ? upper : piece;
}

function toLower(piece: string): string {
  return piece.toLowerCase().slice(0, piece.length);
}
