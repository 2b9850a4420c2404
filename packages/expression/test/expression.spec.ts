import { compileExpression, compileTemplate, ExpressionError, type Json } from '../src/index.ts';

function evaluate(source: string, data?: unknown): Json | undefined {
  return compileExpression(source).evaluate(data as Json | undefined);
}

function failure(run: () => unknown): ExpressionError {
  try {
    run();
  } catch (error) {
    if (ExpressionError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('compileExpression', () => {
  it('keeps the source and evaluates any number of times', () => {
    const expression = compileExpression('$.user.age + 1');

    expect(expression.source).toBe('$.user.age + 1');
    expect([41, 1.5, -1].map((age) => expression.evaluate({ user: { age } }))).toEqual([42, 2.5, 0]);
  });

  it('tells a missing value from null', () => {
    expect(evaluate('$.a', {})).toBeUndefined();
    expect(evaluate('$.a', { a: null })).toBeNull();
    expect(evaluate('$', undefined)).toBeUndefined();
  });

  it('returns parts of the data by reference', () => {
    const data = { a: [{ b: { c: 1 } }] };

    expect(evaluate('$.a[0].b', data)).toBe(data.a[0]?.b);
    expect(evaluate('$.a[?(@.b)]', data)).toBe(data.a[0]);
  });

  it('turns a failure of its environment into its own error', () => {
    const cause = new RangeError('no clock');
    const expression = compileExpression('now()', {
      now: () => {
        throw cause;
      },
    });

    expect(failure(() => expression.evaluate({}))).toMatchObject({ code: 'LIMIT', cause });
  });
});

describe('The grammar', () => {
  it.each<[string, unknown]>([
    ['1 + 2 * 3 ** 2', 19],
    ['(1 + 2) * 3', 9],
    ['2 ** 3 ** 2', 512],
    ['2 ** -1', 0.5],
    ['-2 ** 2', 4],
    ['10 - 4 - 3', 3],
    ['100 / 10 / 2', 5],
    ['1 + 1 | 1', 2],
    ['4 | 1 + 2', 7],
    ['6 ^ 3 & 1', 7],
    ['1 << 2 << 1', 8],
    ['1 < 2 == true', true],
    ['1 == 1 && 2 == 2 || false', true],
    ['true || false && false', true],
    ['false ? 1 : true ? 2 : 3', 2],
    ['true ? false ? 1 : 2 : 3', 2],
    ['1 == 2 ? "a" : "b" + "c"', 'bc'],
    ['!true == false', true],
    ['!!"x"', true],
    ['--1', 1],
    ['- 1', -1],
    ['+5', 5],
    ['1 - -1', 2],
    ['1-1', 0],
    ['1e3', 1000],
    ['1.5E-1', 0.15],
    ['TRUE && !False', true],
    ['Null', null],
    ['E', Math.E],
    [' \t\r\n1\n', 1],
    ['[1, [2], {a: 3}]', [1, [2], { a: 3 }]],
    ['[]', []],
    ['{}', {}],
    ['{"a b": 1, \'c\': 2, d: $.x}', { 'a b': 1, c: 2, d: null }],
    ['[1,2,3][1]', 2],
    ['{a: {b: 5}}.a.b', 5],
    ['("abc").length', 3],
    ["'it''s'.length", undefined],
  ])('reads %s', (source, expected) => {
    if (expected === undefined) expect(() => evaluate(source)).toThrow(ExpressionError);
    else expect(evaluate(source, {})).toEqual(expected);
  });

  it.each([
    [String.raw`'a\'b"c'`, `a'b"c`],
    [String.raw`"a'b\"c"`, `a'b"c`],
    [String.raw`'\n\t\r\b\f\/\\'`, '\n\t\r\b\f/\\'],
    [String.raw`'\u00e9\ud83d\ude00'`, 'é😀'],
    [`'line\nbreak'`, 'line\nbreak'],
    ["''", ''],
  ])('reads the text %s', (source, expected) => {
    expect(evaluate(source)).toBe(expected);
  });

  it.each<[string, unknown]>([
    ["'a,b' |> split(',')", ['a', 'b']],
    ["'a,b' |> split(',') |> last", 'b'],
    ["'a,b' |> split(',')[0] |> upper()", 'A'],
    ['1 + 1 |> string', '2'],
  ])('pipes %s', (source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });

  it.each([
    ['', 'SYNTAX', 0],
    ['1 +', 'SYNTAX', 3],
    ['1 2', 'SYNTAX', 2],
    ['(1', 'SYNTAX', 2],
    ['1)', 'SYNTAX', 1],
    ['[1', 'SYNTAX', 2],
    ['{a 1}', 'SYNTAX', 3],
    ['{1: 1}', 'SYNTAX', 1],
    ['true ? 1', 'SYNTAX', 8],
    ["'abc", 'SYNTAX', 0],
    [String.raw`'a\d'`, 'SYNTAX', 2],
    [String.raw`'\u00g0'`, 'SYNTAX', 1],
    ['.5', 'SYNTAX', 0],
    ['1.', 'SYNTAX', 2],
    ['0x10', 'SYNTAX', 1],
    ['$.', 'SYNTAX', 2],
    ['$..', 'SYNTAX', 3],
    ['$[', 'SYNTAX', 2],
    ['$[]', 'SYNTAX', 2],
    ['$[1', 'SYNTAX', 3],
    ['$a', 'SYNTAX', 1],
    ['$.a.upper()', 'SYNTAX', 9],
    ['a = 1', 'SYNTAX', 2],
    ['1 = 1', 'SYNTAX', 2],
    ['1 # 1', 'SYNTAX', 2],
    ['`a`', 'SYNTAX', 0],
    ['x => x', 'SYNTAX', 2],
    ['foo', 'UNKNOWN_NAME', 0],
    ['1 + foo(1)', 'UNKNOWN_FUNCTION', 4],
    ['eval("1")', 'UNKNOWN_FUNCTION', 0],
    ['constructor("1")', 'UNKNOWN_FUNCTION', 0],
    ['toString()', 'UNKNOWN_FUNCTION', 0],
    ['upper()', 'ARGUMENTS', 0],
    ["1 + index('a')", 'ARGUMENTS', 4],
    ['key(1)', 'ARGUMENTS', 0],
    ["'a' =~ '('", 'PATTERN', 4],
    ['1e999', 'ARITHMETIC', 0],
    ['1 |> 2', 'SYNTAX', 5],
    ['secret:x/y', 'UNKNOWN_NAME', 0],
    ['😀', 'SYNTAX', 0],
  ])('refuses %s as %s at offset %d', (source, code, position) => {
    expect(failure(() => compileExpression(source))).toMatchObject({ code, position });
  });

  it.each([
    ['uper($.a)', 'upper'],
    ['upcase($.a)', 'upper'],
    ['toUpperCase($.a)', 'upper'],
    ['starts_with($.a, "x")', 'hasPrefix'],
    ['len($.a)', 'length'],
    ['parseInt($.a)', 'int'],
    ['random_int(3)', 'randInt'],
    ['kye($.a)', 'key'],
  ])('says what was probably meant by %s', (source, suggestion) => {
    const error = failure(() => compileExpression(source));

    expect(error).toMatchObject({
      code: 'UNKNOWN_FUNCTION',
      suggestion,
      position: 0,
      expected: 'a function',
    });
    expect(error.message).toBe(`there is no function ${error.text}; did you mean ${suggestion}? (column 1)`);
  });

  it.each([
    ['nil', 'null'],
    ['ture', 'true'],
    ['secretly', undefined],
  ])('says what was probably meant by the name %s', (source, suggestion) => {
    expect(failure(() => compileExpression(source))).toMatchObject({
      code: 'UNKNOWN_NAME',
      suggestion,
      text: source,
    });
  });

  it('suggests nothing for a name that is like no other', () => {
    const error = failure(() => compileExpression('frobnicate(1)'));

    expect(error).toMatchObject({ suggestion: undefined, text: 'frobnicate' });
  });

  it.each<[source: string, text: string, start: number, expected: string]>([
    ['1 +', '', 3, 'a value'],
    ['(1', '', 2, "')'"],
    ['1 2', '2', 2, 'an operator'],
    ['$.a[', '', 4, 'a value'],
    ["'abc", "'abc", 0, "'"],
    ['upper()', 'upper()', 0, '1 argument'],
    ["1 + upper($.a) * '2'", "upper($.a) * '2'", 4, 'a number'],
    ["substr('abc', '1')", "substr('abc', '1')", 0, 'a number'],
    ['(1 + 2) - "a"', '(1 + 2) - "a"', 0, 'two numbers or two strings'],
  ])(
    'points at the part of %s that is wrong, and says what was expected',
    (source, text, start, expected) => {
      expect(failure(() => compileExpression(source))).toMatchObject({ text, start, expected });
    },
  );
});

describe('Operators', () => {
  it.each<[string, unknown]>([
    ['5 / 2', 2.5],
    ['-7 % 4', -3],
    ['-4 % 4', 0],
    ['7 % -4', 3],
    ['0 * -1', 0],
    ['4294967296 | 1', 4294967297],
    ['1 << 40', 1099511627776],
    ['1 << 63', -(2 ** 63)],
    ['1 << 64', 0],
    ['-8 >> 1', -4],
    ['-1 >> 100', -1],
    ['6 &^ 2', 4],
    ['-1 & 255', 255],
  ])('computes %s', (source, expected) => {
    expect(evaluate(source)).toBe(expected);
  });

  it.each<[string, string]>([
    ['1 / 0', 'ARITHMETIC'],
    ['1 % 0', 'ARITHMETIC'],
    ['1.5 & 1', 'TYPE'],
    ['1 << -1', 'ARITHMETIC'],
    ['1e308 * 10', 'ARITHMETIC'],
    ['(-8) ** 0.5', 'ARITHMETIC'],
    ['true + true', 'TYPE'],
    ['null + 1', 'TYPE'],
    ['[1] + [2]', 'TYPE'],
    ["'a' * 2", 'TYPE'],
    ["-'a'", 'TYPE'],
    ['-$.m', 'TYPE'],
    ["1 - '1h'", 'TYPE'],
    ["1 =~ '1'", 'TYPE'],
    ["'a' =~ 1", 'TYPE'],
    ["'a' =~ $.bad", 'PATTERN'],
    ['null < null', 'TYPE'],
    ['[1] < [2]', 'TYPE'],
  ])('fails on %s with %s', (source, code) => {
    expect(failure(() => evaluate(source, { bad: '(' })).code).toBe(code);
  });

  it.each<[string, boolean]>([
    ['[1, {a: [2]}] == [1, {a: [2]}]', true],
    ['{a: 1, b: 2} == {b: 2, a: 1}', true],
    ['{a: 1} == {b: 1}', false],
    ['[1] == [1, 2]', false],
    ['[] == {}', false],
    ['null == false', false],
    ["1 != '1'", true],
    ["'a' < 'b'", true],
    ["'a' < 'ab'", true],
    ["'Z' < 'a'", true],
    ["'\\uff5e' < '😀'", true],
    ['1 < true', false],
    ['1 <= 1', true],
    ["'b' >= 'b'", true],
    ['$.m == $.m', false],
    ['$.m < $.m', false],
    ["$.m =~ 'a'", false],
    ["'a' =~ $.m", false],
    ["'xay' =~ 'a'", true],
    ["'xay' =~ '^a'", false],
    ["'abc' =~ $.pattern", true],
  ])('compares %s', (source, expected) => {
    expect(evaluate(source, { pattern: '^a.c$' })).toBe(expected);
  });

  it.each<[string, boolean]>([
    ['0', false],
    ['-1', true],
    ["''", false],
    ["' '", true],
    ['[]', false],
    ['[0]', true],
    ['{}', false],
    ['{a: 1}', true],
    ['null', false],
    ['$.m', false],
  ])('takes %s as %s', (source, expected) => {
    expect(evaluate(`!!(${source})`, {})).toBe(expected);
    expect(evaluate(`${source} && true`, {})).toBe(expected);
    expect(evaluate(`not(${source})`, {})).toBe(!expected);
  });

  it('evaluates only what the result needs', () => {
    expect(evaluate('true || 1 / 0')).toBe(true);
    expect(evaluate('false && 1 / 0')).toBe(false);
    expect(evaluate('true ? 1 : 1 / 0')).toBe(1);
    expect(evaluate('false ? 1 / 0 : 2')).toBe(2);
  });

  it.each<[string, string]>([
    ["'1h' + '-1h30m'", '-1800s'],
    ["'1.5h' + '0'", '5400s'],
    ["'.5s' + '1.s'", '1.5s'],
    ["'1us' + '1µs'", '0.000002s'],
    ["'1ns' + '0'", '0.000000001s'],
    ["'+1m' - '1s'", '59s'],
    ["'0' + ''", '0'],
    ["'1' + '1h'", '11h'],
    ["'1h' + '1x'", '1h1x'],
    ["'1000000h' + '1h'", '3600003600s'],
    ["'9999999h' + '1h'", '9999999h1h'],
    ["'2024-02-29T23:59:59.9Z' + '200ms'", '2024-03-01T00:00:00Z'],
    ["'2024-01-01T00:00:00-05:30' - '1s'", '2023-12-31T23:59:59-05:30'],
    ["'2024-01-01T00:00:00+00:00' + '0'", '2024-01-01T00:00:00Z'],
    ["'1h' - '2024-01-01T12:00:00Z'", '2024-01-01T11:00:00Z'],
    ["'2023-02-29T00:00:00Z' + '1h'", '2023-02-29T00:00:00Z1h'],
    ["'2024-01-01T24:00:00Z' + '1h'", '2024-01-01T24:00:00Z1h'],
    ["'1969-12-31T23:59:59.5Z' + '0'", '1969-12-31T23:59:59Z'],
    ["'0000-01-01T00:00:00Z' + '1s'", '0000-01-01T00:00:01Z'],
    ["'2024-01-01T00:00:00Z' + '2024-01-01T00:00:00Z'", '2024-01-01T00:00:00Z2024-01-01T00:00:00Z'],
  ])('computes with time in %s', (source, expected) => {
    expect(evaluate(source)).toBe(expected);
  });

  it.each(["'2024-01-01T00:00:00Z' - '2024-01-01T00:00:00Z'", "'a' - '1h'", "'' - ''"])(
    'cannot subtract in %s',
    (source) => {
      expect(failure(() => evaluate(source)).code).toBe('TYPE');
    },
  );

  it.each(["'2500000h' + '2500000h'", "'9999-12-31T23:59:59Z' + '1s'", "'0000-01-01T00:00:00Z' - '1s'"])(
    'refuses a time out of range in %s',
    (source) => {
      expect(failure(() => evaluate(source)).code).toBe('ARITHMETIC');
    },
  );
});

describe('ExpressionError', () => {
  it('is recognised by its brand', () => {
    expect(ExpressionError.is(failure(() => compileExpression('(')))).toBe(true);
    expect(ExpressionError.is(new Error('x'))).toBe(false);
    expect(ExpressionError.is(null)).toBe(false);
  });

  it('names the innermost place of a failure at run time', () => {
    const error = failure(() => evaluate("upper($.b + $.a) + 'x'", { a: 'b', b: 1 }));

    expect(error).toMatchObject({ code: 'TYPE', position: 10 });
    expect(error.message).toContain('(column 11, $.b)');
  });

  it('advises a default for a missing value', () => {
    expect(failure(() => evaluate('$.a + 1', {})).message).toBe(
      'cannot add a missing value and a number; check the path, or give a default with a ? b : c (column 5, $.a)',
    );
  });
});

describe('A type that can never fit', () => {
  it.each([
    "'a' + 1",
    '$.n * true',
    'upper($.a) - length($.a)',
    'upper(1)',
    "abs('1')",
    '-[1]',
    "{a: 1} =~ 'a'",
    'length($.a) =~ "1"',
    '$.a[?(1 + "a")]',
    '$[("a" * 2)]',
    "true ? 1 : -'a'",
    '[[1 + null]]',
    '$.a |> length |> upper',
    "($.f ? 'a' : [1]) * 2",
  ])('does not compile: %s', (source) => {
    expect(failure(() => compileExpression(source)).code).toBe('TYPE');
  });

  it.each([
    "($.f ? 'a' : 1) + 1",
    'upper($.a) + $.b',
    "first($.a) + 'x'",
    'length($.a, upper(1))',
    "$.missing =~ 'a'",
    "'a' < 1",
    '1 && "a"',
  ])('is not claimed of %s', (source) => {
    expect(() => compileExpression(source)).not.toThrow();
  });
});

describe('A value of a wrong type in the data', () => {
  it.each<[source: string, operand: string | undefined, text: string]>([
    ['$.n * $.s', '$.s', '$.n * $.s'],
    ['1 + abs($.user.age)', '$.user.age', 'abs($.user.age)'],
    ["substr($.s, $.m[0]) + 'x'", '$.m[0]', 'substr($.s, $.m[0])'],
    ['-$.s', '$.s', '-$.s'],
    ["$.n =~ '1'", '$.n', "$.n =~ '1'"],
    ['$.rows[?(@.p > 1 && @.p * 2 > 1)]', '@.p', '@.p * 2'],
    ['sum($.rows[*].p) - first($.list)', '$.rows[*].p', 'sum($.rows[*].p)'],
    ['first($.list) * 2', undefined, 'first($.list) * 2'],
  ])('is reported by %s with its path', (source, operand, text) => {
    const data = { n: 1, s: 'x', user: { age: 'old' }, rows: [{ p: 'b' }, { p: 'c' }], list: ['x'] };
    const compiled = compileExpression(source.replace('> 1 &&', "> 'a' &&"));

    const error = failure(() => compiled.evaluate(data));

    expect(error).toMatchObject({ code: 'TYPE', operand, text });
    expect(error.expected).toBeDefined();
  });
});

describe('An integer beyond 2^53', () => {
  const big = 9007199254740993n;

  it.each<[string, unknown]>([
    ['$.id', big],
    ['[$.id, {id: $.id}]', [big, { id: big }]],
    ['string($.id)', '9007199254740993'],
    ['toJson({id: $.id, n: 1})', '{"id":9007199254740993,"n":1}'],
    [
      "fromJson('[9007199254740993, -9007199254740993, 1, 12345678901234567.5]')",
      [big, -big, 1, 12345678901234568],
    ],
    ["int('9007199254740993')", big],
    ['int($.id)', big],
    ['9007199254740993', big],
    ['-9007199254740993', -big],
    ['9007199254740991', 9007199254740991],
    ['$.id == 9007199254740993', true],
    ['$.id == 9007199254740992', false],
    ['$.id != 5', true],
    ['$.id > 5', true],
    ['$.id < 1.5', false],
    ['$.id <= 9007199254740994', true],
    ["$.id == '9007199254740993'", false],
    ["$.id > 'a'", false],
    ['$.id ? 1 : 2', 1],
    ['$.ids[?(@ == $.id)]', big],
    ['{9007199254740993: 1}', 'error'],
    ['$.byId[$.id]', 'found'],
    ['$.ids[$.id]', undefined],
    ['length($.id)', 1],
    ['RFC3339(1704110400000000000)', '2024-01-01T12:00:00Z'],
  ])('in %s is kept as it is', (source, expected) => {
    const data = { id: big, ids: [1n, big], byId: { '9007199254740993': 'found' } };

    if (expected === 'error') expect(() => evaluate(source, data)).toThrow(ExpressionError);
    else expect(evaluate(source, data)).toEqual(expected);
  });

  it.each([
    '$.id + 1',
    '1 - $.id',
    '$.id * 2',
    '$.id / 2',
    '$.id % 2',
    '$.id ** 2',
    '-$.id',
    '$.id & 1',
    '1 << $.id',
    'abs($.id)',
    'sum($.ids)',
    'sum($.id)',
    'avg($.ids)',
    'rand($.id)',
    "substr('abc', $.id)",
    '$.ids[$.id:]',
  ])('is not computed with: %s', (source) => {
    expect(failure(() => evaluate(source, { id: big, ids: [big] }))).toMatchObject({ code: 'TYPE' });
  });

  it('is written into text digit by digit', () => {
    const { value } = compileTemplate({ text: 'id={{$.id}} {{$.o}}', id: '{{$.id}}' }).evaluate({
      id: big,
      o: { id: big },
    });

    expect(value).toEqual({ text: 'id=9007199254740993 {"id":9007199254740993}', id: big });
  });

  it('is not read from a text of thousands of digits', () => {
    expect(failure(() => compileExpression('9'.repeat(1001))).code).toBe('ARITHMETIC');
    expect(failure(() => evaluate('fromJson($.s)', { s: '9'.repeat(1001) })).code).toBe('TYPE');
  });
});
