import { compileExpression, compileTemplate, ExpressionError, type Json } from '../src/index.ts';

/** The code of the error, or `done` with no error; anything but an ExpressionError fails the test. */
function outcome(source: string, data: Json = {}): string {
  try {
    compileExpression(source).evaluate(data);
    return 'done';
  } catch (error) {
    if (ExpressionError.is(error)) return error.code;
    throw error;
  }
}

function nested(levels: number, wrap: (inner: Json) => Json): Json {
  let value: Json = 1;
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
}

describe('The size of an expression', () => {
  it('is at most 64 KiB', () => {
    expect(outcome(`1${' '.repeat(64 * 1024 - 1)}`)).toBe('done');
    expect(outcome(`1${' '.repeat(64 * 1024)}`)).toBe('LIMIT');
  });

  it('is at most 1000 operators', () => {
    expect(outcome(`1${'+1'.repeat(1000)}`)).toBe('done');
    expect(outcome(`1${'+1'.repeat(1001)}`)).toBe('LIMIT');
  });

  it.each<[string, (levels: number) => string]>([
    ['parentheses', (n) => `${'('.repeat(n)}1${')'.repeat(n)}`],
    ['negations', (n) => `${'!'.repeat(n)}1`],
    ['signs', (n) => `${'-'.repeat(n)}1`],
    ['powers', (n) => `1${'**1'.repeat(n)}`],
    ['calls', (n) => `${'not('.repeat(n)}1${')'.repeat(n)}`],
    ['arrays', (n) => `${'['.repeat(n)}1${']'.repeat(n)}`],
    ['objects', (n) => `${'{a:'.repeat(n)}1${'}'.repeat(n)}`],
    ['branches', (n) => `${'1?'.repeat(n)}1${':1'.repeat(n)}`],
    ['alternatives', (n) => `${'0?1:'.repeat(n)}1`],
    ['filters', (n) => `${'$[?('.repeat(n / 2)}1${')]'.repeat(n / 2)}`],
    ['keys', (n) => `${'$['.repeat(n)}1${']'.repeat(n)}`],
  ])('nests at most 64 %s', (_kind, source) => {
    expect(outcome(source(64))).toBe('done');
    expect(outcome(source(66))).toBe('LIMIT');
    expect(outcome(source(5000))).toBe('LIMIT');
  });

  it.each<[string, string]>([
    ['names', `$${'.a'.repeat(30_000)}`],
    ['indexes', `$${'[0]'.repeat(20_000)}`],
    ['wildcards', `$${'.*'.repeat(30_000)}`],
    ['descents', `$${'..a'.repeat(20_000)}`],
    ['filters', `$${'[?(1)]'.repeat(10_000)}`],
    ['arguments', `length(${'1,'.repeat(30_000)}1)`],
    ['items', `[${'1,'.repeat(30_000)}1]`],
  ])('may be a long row of %s', (_kind, source) => {
    expect(outcome(source, { a: 1 })).toBe('done');
  });
});

describe('Data that nests deeply', () => {
  const objects = nested(100_000, (a) => ({ a }));
  const arrays = nested(100_000, (inner) => [inner]);

  it.each<[string, string]>([
    ['$.x..a', 'LIMIT'],
    ['$.x..*', 'LIMIT'],
    ['$.x == $.y', 'LIMIT'],
    ['string($.x)', 'LIMIT'],
    ['toJson($.x)', 'LIMIT'],
    ['$.x.a.a.a', 'done'],
    ['$.x', 'done'],
    ['size($.x)', 'done'],
    ['$.x ? 1 : 2', 'done'],
  ])('ends %s with %s', (source, expected) => {
    expect(outcome(source, { x: objects, y: nested(100_000, (a) => ({ a })) })).toBe(expected);
    expect(
      outcome(source.replaceAll('.a', '[0]').replaceAll('.[', '..['), {
        x: arrays,
        y: nested(100_000, (inner) => [inner]),
      }),
    ).not.toBe('SYNTAX');
  });

  it('is compared and descended to 1000 levels', () => {
    const data = { x: nested(990, (a) => ({ a })), y: nested(990, (a) => ({ a })) };

    expect(compileExpression('$.x == $.y').evaluate(data)).toBe(true);
    expect(compileExpression('length($.x..a)').evaluate(data)).toBe(990);
  });

  it('leaves a placeholder in text as it was written', () => {
    expect(compileTemplate({ a: 'x{{$.x}}' }).evaluate({ x: objects })).toMatchObject({
      value: { a: 'x{{$.x}}' },
      errors: [{ code: 'LIMIT' }],
    });
  });
});

describe('The work of an evaluation', () => {
  const rows = Array.from({ length: 20_000 }, (_, p) => ({ p, s: 'x' }));
  const data: Json = {
    rows,
    text: 'x'.repeat(500_000),
    tree: nested(10, (half) => [half, half]),
    wide: Object.fromEntries(rows.map(({ p }) => [`key${p}`, p])),
  };

  it.each([
    '$.rows[*].p',
    '$.rows[?(@.p > 5)].p',
    '$.rows[:5000]..p',
    '$.rows == $.rows',
    'sum($.rows[*].p)',
    "split($.text, 'x')",
    "contains($.text, 'y')",
  ])('is enough for %s', (source) => {
    expect(outcome(source, data)).toBe('done');
  });

  it.each([
    '$.rows[?(length($.rows[?(@.p > 5)]) > 1)]',
    '$.rows[?(sum($.rows[*].p) > 1)]',
    '$.tree..*..*..*..*..*..*',
    "$.rows[?(contains($.text, 'y'))]",
    '$.rows[?($.text == $.text)]',
    '$.rows[?($.text < $.text)]',
    '$.rows[?(string($.rows) == "")]',
    "$.rows[?($.text =~ 'y')]",
    "$.rows[?('x' =~ string(@.p))]",
    `$.rows[?(@${'.a'.repeat(1000)})]`,
    `$.tree${'..*'.repeat(50)}`,
    `$.rows[${'*,'.repeat(5000)}*]`,
    '$.rows[?($.rows[::2])]',
    '$.rows[?($.rows[*])]',
    '$.rows[?($.wide)]',
    '$.rows[?($.text.length)]',
    "$.rows[?('1h1m1s' + '2024-01-01T00:00:00Z')]",
    '$.rows[?(erfinv(0.999))]',
    '$.rows[?(size($.wide) > 1)]',
    '$.rows[?({} == $.wide)]',
  ])('ends %s at its limit', (source) => {
    const start = performance.now();

    expect(outcome(source, data)).toBe('LIMIT');
    // Far above the real figure, far below what the expression would take.
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('starts afresh for each expression of a template', () => {
    const text = '{{length($.rows[?(@.p >= 0)])}}';
    const configuration = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`t${index}`, text]));

    expect(compileTemplate(configuration).evaluate(data).errors).toHaveLength(0);
  });
});

describe('A text', () => {
  const data: Json = {
    s: 'a'.repeat(600_000),
    wide: '€'.repeat(300_000),
    list: new Array<string>(2000).fill('x'),
  };

  it.each([
    '$.s + $.s',
    '$.wide + $.wide',
    "replace($.s, 'a', 'bb')",
    "replace($.s, '', 'b')",
    "replace($.list[0], '', $.s) + $.s",
    'join($.list, $.s)',
    'b64encode($.s + $.list[0] + $.wide)',
    '$.s |> split("") |> join("ab")',
    'toJson([$.s, $.s])',
  ])('built by %s ends at 1 MiB', (source) => {
    expect(outcome(source, data)).toBe('LIMIT');
  });

  it('of the data may be longer', () => {
    const long = 'a'.repeat(3_000_000);

    expect(compileExpression('$.long').evaluate({ long })).toBe(long);
    expect(compileExpression("$.long == ''").evaluate({ long })).toBe(false);
  });
});

describe('A regular expression', () => {
  it.each(['(a+)+$', '(a|aa)+$', '(a|a?)+$', '(.*a){10}$', '([a-z]+)*$'])(
    '%s takes time linear in the text',
    (pattern) => {
      const start = performance.now();

      expect(compileExpression(`$.s =~ '^${pattern}'`).evaluate({ s: `${'a'.repeat(5000)}!` })).toBe(false);
      expect(performance.now() - start).toBeLessThan(5000);
    },
  );

  it.each([
    'a{1000}{1000}',
    `(${'a?'.repeat(400)}){100}`,
    'x'.repeat(1001),
    '(x{1,500}){1,500}',
    '(('.repeat(600),
  ])('is refused when it is as large as %s', (pattern) => {
    expect(['LIMIT', 'PATTERN']).toContain(outcome(`'x' =~ '${pattern}'`));
    expect(['LIMIT', 'PATTERN']).toContain(outcome("'x' =~ $.pattern", { pattern }));
  });

  it.each(['(?=a)', '(a)\\\\1', '(?<!a)b', '['])('outside RE2, as %s, does not compile', (pattern) => {
    expect(outcome(`'a' =~ '${pattern}'`)).toBe('PATTERN');
  });
});

describe('A hostile template', () => {
  it.each<[string, string]>([
    ['braces that never close', '{{'.repeat(50_000)],
    ['braces with quotes that never close', "{{'".repeat(30_000)],
    ['placeholders with quotes that never close', "{{{'}}".repeat(2000)],
    ['one brace', '{'.repeat(100_000)],
    ['empty placeholders', '{{}}'.repeat(30_000)],
    ['many lines', '{{\n'.repeat(50_000)],
    ['many lines that close later', `${'{{\n'.repeat(50_000)}}}`],
  ])('of %s is read quickly', (_kind, text) => {
    const start = performance.now();

    compileTemplate({ text }).evaluate({});

    expect(performance.now() - start).toBeLessThan(5000);
  });
});
