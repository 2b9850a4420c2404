import { compileExpression, compileTemplate, ExpressionError, type Json } from '../src/index.ts';
import { FUNCTIONS } from '../src/functions/table.ts';

const DATA: Json = {
  a: 1,
  b: -2.5,
  s: 'héllo 😀',
  t: '2024-01-01T12:00:00Z',
  d: '1h30m',
  n: null,
  f: false,
  l: [1, 'x', null, [2, { a: 3 }], {}],
  o: { a: { b: { c: [1, 2, 3] } }, length: 'own', '': 0 },
};

const TOKENS = [
  ...['1', '0', '-1', '2.5', '1e300', '64', "'a'", '""', "'1h'", "'.*'", 'true', 'null', 'pi'],
  ...['$', '@', '$.a', '$.s', '$.t', '$.d', '$.l', '$.o', '$.missing', '$..a', '$..*', '$.o.*', '$.l[*]'],
  ...[
    '.a',
    '.length',
    '.*',
    '..c',
    '[0]',
    '[-1]',
    '[1:]',
    '[::-1]',
    '[*]',
    "['a','b']",
    '[?(@)]',
    '[?(@.a)]',
    '[$.a]',
  ],
  ...[
    '+',
    '-',
    '*',
    '/',
    '%',
    '**',
    '<<',
    '>>',
    '&',
    '&^',
    '|',
    '^',
    '==',
    '!=',
    '<',
    '>=',
    '=~',
    '&&',
    '||',
    '!',
  ],
  ...['?', ':', ',', '(', ')', '[', ']', '{', '}', '|>', ' ', "'", '.', '\\', 'ü'],
  ...[...FUNCTIONS.keys(), 'key', 'parent', 'root'].flatMap((name) => [
    `${name}(`,
    `${name}($.s)`,
    `${name}($.l,1,2)`,
  ]),
];

/** A small generator of repeatable numbers in [0, 1). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomSource(random: () => number): string {
  const length = 1 + Math.floor(random() * 8);
  return Array.from({ length }, () => TOKENS[Math.floor(random() * TOKENS.length)] ?? '').join('');
}

/** Whether everything in a value can be written as JSON without a change. */
function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === 'object' && Object.values(value).every(isJson);
}

describe('Random expressions', () => {
  it.each([1, 2, 3, 4])('with seed %d give JSON or an ExpressionError', (seed) => {
    const random = generator(seed);
    let succeeded = 0;
    for (let round = 0; round < 5000; round += 1) {
      const source = randomSource(random);
      try {
        const value = compileExpression(source).evaluate(DATA);
        if (value !== undefined && !isJson(value)) throw new Error(`${source} gives no JSON`);
        succeeded += 1;
      } catch (error) {
        if (!ExpressionError.is(error)) throw new Error(`${source} breaks`, { cause: error });
        if (error.message.includes('in the host'))
          throw new Error(`${source} breaks the host`, { cause: error });
      }
    }
    expect(succeeded).toBeGreaterThan(100);
  });

  it('never make a template throw', () => {
    const random = generator(5);
    for (let round = 0; round < 3000; round += 1) {
      const text = `${random() < 0.5 ? 'x' : ''}{{${randomSource(random)}}}${random() < 0.5 ? '{{$.a}}' : ''}`;
      const { value, errors } = compileTemplate({ text }).evaluate(DATA);

      const result = (value as { readonly text: Json }).text;
      expect(isJson(result)).toBe(true);
      if (errors.length > 0) expect(result === null || text.includes('{{')).toBe(true);
    }
  });

  it('leave the data as it was', () => {
    const before = JSON.stringify(DATA);
    const random = generator(6);
    for (let round = 0; round < 1000; round += 1)
      compileTemplate({ text: `{{${randomSource(random)}}}` }).evaluate(DATA);

    expect(JSON.stringify(DATA)).toBe(before);
  });
});
