import type { Json } from '../../src/index.ts';
import { SIGNATURES } from '../../src/signatures.ts';
import { PRECEDENCE } from '../../src/syntax.ts';
import { ESCAPES } from '../attacks.ts';
import { pick } from './random.ts';

type Random = () => number;

const FUNCTIONS = [...SIGNATURES.values()];
const OPERATORS = [...Object.keys(PRECEDENCE), '|>', '?', ':', '='];
const NAMES = [
  ...['a', 'b', 's', 't', 'd', 'n', 'f', 'l', 'o', 'id', 'c', 'length', 'missing', 'größe'],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'process',
    'globalThis',
  ],
];
const LITERALS = [
  ...['0', '1', '-1', '2.5', '1e300', '64', '9007199254740993', '1e-7', 'true', 'null', 'pi', 'E'],
  ...[
    "'a'",
    '""',
    "'1h'",
    "'2024-01-01T00:00:00Z'",
    "'.*'",
    "'(a+)+$'",
    "'\\u0000😀'",
    "'aGk='",
    '\'{"a":[1]}\'',
  ],
];
const TOKENS = [
  ...NAMES,
  ...LITERALS,
  ...OPERATORS,
  ...[
    '$',
    '@',
    '.',
    '..',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    '*',
    '!',
    '-',
    "'",
    '"',
    '\\',
    '`',
    ' ',
    '{{',
    '}}',
    '\n',
  ],
  ...FUNCTIONS.map(({ name }) => `${name}(`),
];

/** A program of one of four kinds: well formed, tokens in any order, a mangled escape, or a mangled well-formed one. */
export function programOf(random: Random): string {
  const kind = random();
  if (kind < 0.55) return expression(random, 4);
  if (kind < 0.75) return soup(random);
  return mangled(random, kind < 0.88 ? pick(random, ESCAPES) : expression(random, 3));
}

/** Data of any shape, with the names of the host in it. */
export function dataOf(random: Random, depth = 4): Json {
  const kind = random();
  if (depth > 0 && kind < 0.25)
    return Array.from({ length: Math.floor(random() * 6) }, () => dataOf(random, depth - 1));
  if (depth > 0 && kind < 0.6) {
    const keys = Array.from({ length: Math.floor(random() * 8) }, () => pick(random, NAMES));
    return Object.fromEntries(keys.map((key) => [key, dataOf(random, depth - 1)]));
  }
  return pick<Json>(random, [
    0,
    1,
    -2.5,
    1e300,
    9007199254740993n,
    'a',
    '',
    '1h30m',
    'héllo 😀',
    '2024-01-01T12:00:00Z',
    null,
    true,
    false,
    [],
    {},
  ]);
}

function expression(random: Random, depth: number): string {
  const inner = (): string => expression(random, depth - 1);
  const kind = depth <= 0 ? random() * 0.4 : random();
  if (kind < 0.12) return pick(random, LITERALS);
  if (kind < 0.4) return path(random, depth);
  if (kind < 0.6) return `${inner()} ${pick(random, OPERATORS)} ${inner()}`;
  if (kind < 0.82) {
    const { name, parameters } = pick(random, FUNCTIONS);
    return `${name}(${parameters.map(inner).join(', ')})`;
  }
  if (kind < 0.88) return `(${inner()})`;
  if (kind < 0.91) return `${pick(random, ['!', '-'])}${inner()}`;
  if (kind < 0.94) return `${inner()} ? ${inner()} : ${inner()}`;
  return random() < 0.5 ? `[${inner()}, ${inner()}]` : `{'${pick(random, NAMES)}': ${inner()}}`;
}

function path(random: Random, depth: number): string {
  const steps = Array.from({ length: Math.floor(random() * 4) }, () => step(random, depth));
  return `${random() < 0.9 ? '$' : '@'}${steps.join('')}`;
}

function step(random: Random, depth: number): string {
  const inner = (): string => expression(random, depth - 2);
  const kind = random();
  if (kind < 0.45) return `.${pick(random, NAMES)}`;
  if (kind < 0.55) return `['${pick(random, NAMES)}']`;
  if (kind < 0.62) return `..${pick(random, [...NAMES, '*'])}`;
  if (kind < 0.7) return pick(random, ['[0]', '[-1]', '[1:]', '[::-1]', '[0,1]', '[*]', '.*']);
  if (kind < 0.9) return `[?(${inner()})]`;
  return `[(${inner()})]`;
}

function soup(random: Random): string {
  return Array.from({ length: 1 + Math.floor(random() * 10) }, () => pick(random, TOKENS)).join('');
}

/** A few places cut out, doubled, or replaced by a token. */
function mangled(random: Random, source: string): string {
  let text = source;
  for (let times = 1 + Math.floor(random() * 3); times > 0; times -= 1) {
    const from = Math.floor(random() * text.length);
    const to = Math.min(text.length, from + Math.floor(random() * 8));
    const middle = pick(random, ['', text.slice(from, to).repeat(2), pick(random, TOKENS)]);
    text = text.slice(0, from) + middle + text.slice(to);
  }
  return text;
}
