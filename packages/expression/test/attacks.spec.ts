import { compileExpression, compileTemplate, ExpressionError, type Json } from '../src/index.ts';
import { ESCAPES } from './attacks.ts';

const DATA: Json = { a: 1, text: 'a', list: [1, 2], number: 1, flag: true, nested: { list: [{ n: 1 }] } };

/** What an expression gives, or the code of its error; any other failure fails the test. */
function outcome(source: string, data: Json = DATA): unknown {
  try {
    return compileExpression(source).evaluate(data);
  } catch (error) {
    if (ExpressionError.is(error) && !error.message.includes('in the host')) return error.code;
    throw error;
  }
}

const CODES = ['SYNTAX', 'UNKNOWN_NAME', 'UNKNOWN_FUNCTION', 'ARGUMENTS', 'TYPE'];

describe('An expression that reaches for the host (S3)', () => {
  it.each(ESCAPES)('finds nothing or does not compile: %s', (source) => {
    const result = outcome(source);

    expect([undefined, null, 'unknown', 'null', ...CODES]).toContain(result);
    expect((globalThis as { readonly polluted?: unknown }).polluted).toBeUndefined();
    expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each(ESCAPES)('does so in a template too: {{%s}}', (source) => {
    const { value, errors } = compileTemplate({ pure: `{{${source}}}`, text: `x{{${source}}}` }).evaluate(
      DATA,
    );

    expect(errors.every(({ code }) => CODES.includes(code))).toBe(true);
    expect(JSON.stringify(value)).not.toMatch(
      /native code|\[object|process|function \(/i.test(source) ? /^$/ : /native code/,
    );
  });
});

describe('Data with the names of the host (S2)', () => {
  const NAMES = ['__proto__', 'constructor', 'prototype'];
  const hostile = (): Json =>
    JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}},"prototype":{"polluted":3}}',
    );

  it.each(NAMES)('has a field %s like any other', (name) => {
    expect(outcome(`$.${name}`, hostile())).toEqual((hostile() as Record<string, Json>)[name]);
    expect(outcome(`$['${name}']`, hostile())).toEqual(outcome(`$.${name}`, hostile()));
    expect(outcome(`key($.${name})`, hostile())).toBe(name);
    expect(outcome(`$.${name}`, {})).toBeUndefined();
  });

  it.each(NAMES)('keeps %s a plain key of a template', (name) => {
    const configuration = JSON.parse(
      `{"${name}":{"polluted":"{{$.x}}"},"list":[{"${name}":"{{$.x}}"}],"c":{"${name}":1}}`,
    );

    const value = compileTemplate(configuration).evaluate({ x: { polluted: true } }).value as Record<
      string,
      any
    >;

    expect(JSON.stringify(value)).toBe(
      `{"${name}":{"polluted":{"polluted":true}},"list":[{"${name}":{"polluted":true}}],"c":{"${name}":1}}`,
    );
    expect(value['polluted']).toBeUndefined();
    expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each(NAMES)('keeps %s a plain key of an object it writes', (name) => {
    const value = outcome(`{'${name}': {polluted: true}}`) as Record<string, unknown>;

    expect(Object.keys(value)).toEqual([name]);
    expect(value['polluted']).toBeUndefined();
    expect(JSON.stringify(outcome(`fromJson('{"${name}":{"id":9007199254740993}}') |> toJson`))).toContain(
      name,
    );
  });

  it('finds all of it at any depth, and nothing else', () => {
    expect(outcome('$..polluted', hostile())).toEqual([1, 3, 2]);
    expect(outcome('size($)', hostile())).toBe(3);
  });

  it.each(['{a: 1}', '{a: {b: 1}}.a', '{}'])('builds maps that inherit nothing: %s', (source) => {
    const value = outcome(source) as Record<string, unknown>;

    for (const name of [...NAMES, 'toString', 'hasOwnProperty', '__defineGetter__']) {
      expect(value[name]).toBeUndefined();
      expect(name in value).toBe(false);
    }
  });

  it('fills templates into maps that inherit nothing', () => {
    const { value } = compileTemplate({ a: '{{$.a}}', deep: [{ b: 'b={{$.a}}' }] }).evaluate({ a: 1 });

    expect(value).toEqual({ a: 1, deep: [{ b: 'b=1' }] });
    expect('constructor' in (value as object)).toBe(false);
    expect('__proto__' in (value as { readonly deep: readonly [object] }).deep[0]).toBe(false);
  });
});

/** CPU time of this thread, milliseconds: what others do on the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

describe('An expression that is a bomb (S1)', () => {
  const rows = Array.from({ length: 20_000 }, (_, p) => ({ p, s: 'x' }));
  const data: Json = {
    rows,
    text: 'a'.repeat(500_000),
    tree: Array.from({ length: 12 }).reduce<Json>((half) => [half, half], 1),
    wide: Object.fromEntries(rows.map(({ p }) => [`key${p}`, p])),
  };
  // 10 ms is what an evaluation may take on an idle machine; CPU time on a busy one is several times that.
  const MOST_MS = 150;

  it.each<[string, string]>([
    ['10 000 parentheses', `${'('.repeat(10_000)}1${')'.repeat(10_000)}`],
    ['10 000 calls', `${'not('.repeat(10_000)}1${')'.repeat(10_000)}`],
    ['10 000 factors', `2${'*2'.repeat(10_000)}`],
    ['10 000 powers', `2${'**2'.repeat(10_000)}`],
    ['10 000 branches', `${'1?'.repeat(10_000)}1${':1'.repeat(10_000)}`],
    ['1 MB', `1${' '.repeat(1_000_000)}`],
    ['a megabyte of text', `'${'x'.repeat(1_000_000)}'`],
    ['a pattern of a megabyte', `'a' =~ '${'a'.repeat(60_000)}'`],
    ['a pattern of repetitions', "'a' =~ '((a{1,100}){1,100}){1,100}'"],
    ['a pattern of many Unicode classes', `'x' =~ '${'[\\\\pL\\\\pN]'.repeat(100)}'`],
  ])('is refused before it runs: %s', (_what, source) => {
    const started = cpuMs();

    expect(() => compileExpression(source)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(LIMIT|PATTERN)$/) }),
    );
    expect(cpuMs() - started).toBeLessThan(MOST_MS);
  });

  it.each([
    `$.text${' + $.text'.repeat(500)}`,
    `${'replace('.repeat(20)}'a'${", 'a', 'aa')".repeat(20)} |> length`,
    `replace($.text, '', $.text)`,
    `join(split($.text, ''), $.text)`,
    `$.text =~ '(a+)+$'`,
    `$.text =~ '^(a|aa)+$' || $.text =~ '(.*a){10}b'`,
    '$.rows[?($.rows[?($.rows[?(@.p == 1)])])]',
    '$.rows[0:1000000000:1][0:1000000000][?($.rows == 1)][?($.rows[*])]',
    '$.tree..*..*..*..*',
    '$..[?($..[?($..*)])]',
    '$.rows[?(sum($.rows[*].p) > 1)]',
    '$.rows[?(toJson($) == "")]',
    '$.rows[?(fromJson($.text))]',
    '$.rows[?($.text.length)]',
    '$.rows[?($.wide)]',
    "$.rows[?('a' =~ string(@.p))]",
    '$.rows[?(factorial(170) + gamma(1.5) + erfinv(0.9) + j0(1))]',
    "$.rows[?('1h' + '2024-01-01T00:00:00Z')]",
    '9 ** 9 ** 9 ** 9',
    'pow10(1000000000)',
    '1 << 1000000000',
    `int('${'9'.repeat(399)}') + 1`,
  ])('ends within its steps: %s', (source) => {
    const compiled = compileExpression(source);
    const started = cpuMs();

    try {
      compiled.evaluate(data);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(LIMIT|TYPE|ARITHMETIC)$/) });
    }

    expect(cpuMs() - started).toBeLessThan(MOST_MS);
  });
});
