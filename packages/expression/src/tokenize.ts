import { ExpressionError } from './expression-error.ts';
import { MAX_SOURCE_LENGTH } from './limits.ts';

export type TokenKind = 'number' | 'string' | 'name' | 'member' | 'descend' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** A name, a symbol, the name after a `.`, or the value of a string without quotes and escapes. */
  readonly text: string;
  readonly position: number;
  /** Offset behind the token. */
  readonly end: number;
}

const SPACE = /[ \t\r\n]+/y;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const MEMBER = /[\p{L}\p{N}_$]+|\*/uy;
const SYMBOL = /\*\*|\|\||\|>|&&|&\^|==|!=|=~|<=|>=|<<|>>|[-+*/%&|^<>!?:,()[\]{}$@]/y;
const PLAIN = /[^'"\\]+/y;
const HEX4 = /[0-9a-fA-F]{4}/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['/', '/'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
]);

/**
 * Splits an expression into tokens; the last one is `end`. A `.` always starts a path step, so `.5` is no number.
 *
 * @throws ExpressionError `SYNTAX` for a character no token starts with, `LIMIT` above 64 KiB.
 */
export function tokenize(source: string): readonly Token[] {
  if (source.length > MAX_SOURCE_LENGTH) {
    throw new ExpressionError(
      'LIMIT',
      `the expression is longer than ${MAX_SOURCE_LENGTH} characters; split it`,
    );
  }
  const tokens: Token[] = [];
  let position = 0;
  while (position < source.length) {
    position += match(SPACE, source, position).length;
    if (position >= source.length) break;
    position = readToken(source, position, tokens);
  }
  tokens.push({ kind: 'end', text: '', position: source.length, end: source.length });
  return tokens;
}

/** Appends the token at `position` and returns where the next one starts. */
function readToken(source: string, position: number, tokens: Token[]): number {
  const character = source.charAt(position);
  if (character === '"' || character === "'") return readString(source, position, tokens);
  if (character === '.') return readStep(source, position, tokens);
  const number = match(NUMBER, source, position);
  const name = number === '' ? match(NAME, source, position) : '';
  const text = number || name || match(SYMBOL, source, position);
  if (text === '') {
    const shown = String.fromCodePoint(source.codePointAt(position) ?? 0);
    throw new ExpressionError('SYNTAX', `unexpected character ${JSON.stringify(shown)}; remove or quote it`, {
      position,
      text: shown,
      expected: 'a value or an operator',
    });
  }
  const end = position + text.length;
  tokens.push({ kind: number ? 'number' : name ? 'name' : 'symbol', text, position, end });
  return end;
}

/** `.name`, `.*`, `..name`, `..*`, or `..` in front of a bracket. */
function readStep(source: string, start: number, tokens: Token[]): number {
  let position = start + 1;
  const descends = source.charAt(position) === '.';
  if (descends) {
    position += 1;
    tokens.push({ kind: 'descend', text: '..', position: start, end: position });
    if (source.charAt(position) === '[') return position;
  }
  const text = match(MEMBER, source, position);
  if (text === '') {
    throw new ExpressionError('SYNTAX', "a name is missing after '.'; write .name, .* or ['any key']", {
      position,
      text: source.slice(start, position),
      start,
      expected: 'a name',
    });
  }
  const end = position + text.length;
  tokens.push({ kind: 'member', text, position: start, end });
  return end;
}

function readString(source: string, start: number, tokens: Token[]): number {
  const quote = source.charAt(start);
  let text = '';
  let position = start + 1;
  while (position < source.length) {
    const plain = match(PLAIN, source, position);
    text += plain;
    position += plain.length;
    const character = source.charAt(position);
    if (character === quote) {
      tokens.push({ kind: 'string', text, position: start, end: position + 1 });
      return position + 1;
    }
    if (character === '\\') {
      const { value, length } = readEscape(source, position);
      text += value;
      position += length;
    } else {
      text += character;
      position += 1;
    }
  }
  throw new ExpressionError('SYNTAX', `the string is not closed; end it with ${quote}`, {
    position: start,
    text: source.slice(start),
    expected: quote,
  });
}

function readEscape(source: string, position: number): { readonly value: string; readonly length: number } {
  const letter = source.charAt(position + 1);
  if (letter === 'u') {
    const digits = match(HEX4, source, position + 2);
    if (digits !== '') return { value: String.fromCharCode(Number.parseInt(digits, 16)), length: 6 };
  }
  const value = ESCAPES.get(letter);
  if (value === undefined) {
    throw new ExpressionError(
      'SYNTAX',
      `unknown escape \\${letter} in a string; write \\\\ for a backslash`,
      { position, text: source.slice(position, position + 2), expected: 'a known escape' },
    );
  }
  return { value, length: 2 };
}

function match(pattern: RegExp, source: string, position: number): string {
  pattern.lastIndex = position;
  return pattern.exec(source)?.[0] ?? '';
}
