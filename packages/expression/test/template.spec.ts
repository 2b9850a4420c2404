import { compileTemplate, type Json } from '../src/index.ts';

function textOf(text: string, data: Json = {}): Json {
  const { value } = compileTemplate({ text }).evaluate(data);
  return (value as { readonly text: Json }).text;
}

describe('compileTemplate', () => {
  it('returns a configuration without expressions as it is, frozen', () => {
    const configuration = { a: [1, { b: 'c' }] };

    const template = compileTemplate(configuration);

    expect(template.isConstant).toBe(true);
    expect(template.evaluate({}).value).toBe(configuration);
    expect(Object.isFrozen(configuration.a[1])).toBe(true);
  });

  it('shares the constant parts of a configuration between results', () => {
    const constant = { c: [1] };
    const template = compileTemplate({ constant, dynamic: '{{$.a}}' });

    const [first, second] = [1, 2].map((a) => template.evaluate({ a }).value as { readonly constant: Json });

    expect(template.isConstant).toBe(false);
    expect(first).toEqual({ constant, dynamic: 1 });
    expect(first?.constant).toBe(constant);
    expect(second?.constant).toBe(constant);
  });

  it('takes over the value of a lone placeholder by reference', () => {
    const data = { user: { name: 'Ann' } };

    expect(textOf('{{$.user}}', data)).toBe(data.user);
    expect(textOf('{{ $ }}', data)).toBe(data);
  });

  it('keeps the order of keys', () => {
    const template = compileTemplate({ b: '{{1}}', a: 1, c: '{{2}}' });

    expect(Object.keys(template.evaluate({}).value as object)).toEqual(['b', 'a', 'c']);
  });

  it('evaluates texts at every depth', () => {
    const template = compileTemplate({ a: [{ b: ['{{$.x}}', [{ c: 'x={{$.x}}' }]] }] });

    expect(template.evaluate({ x: 1 }).value).toEqual({ a: [{ b: [1, [{ c: 'x=1' }]] }] });
  });

  it('lists the expressions in order', () => {
    expect(compileTemplate({ a: '{{ $.a }} {{$.b}}', b: ['{{ 1 }}'] }).sources).toEqual(['$.a', '$.b', '1']);
  });

  it('reports a failing expression with its place, and fills in the rest', () => {
    const template = compileTemplate({
      body: '{{$.a + 1}}',
      headers: [{ value: 'v {{1/0}}', 'x y': '{{-"a"}}' }],
      ok: 'n={{$.n}}',
    });

    const { value, errors } = template.evaluate({ a: 'x', n: 5 });

    expect(value).toEqual({ body: null, headers: [{ value: 'v {{1/0}}', 'x y': null }], ok: 'n=5' });
    expect(errors.map(({ path, expression, code }) => [path, expression, code])).toEqual([
      ['body', '$.a + 1', 'TYPE'],
      ['headers[0].value', '1/0', 'ARITHMETIC'],
      ['headers[0]["x y"]', '-"a"', 'TYPE'],
    ]);
    expect(errors[0]?.message).toBe(
      'cannot add a string and a number; convert one side with string(x) or int(x) (column 5, $.a)',
    );
  });

  it('reports every failing placeholder of a text, and leaves it as it was written', () => {
    const template = compileTemplate({ a: '{{ 1/0 }} and {{"a" - 1}} and {{$.b}}' });

    const { value, errors } = template.evaluate({ b: 1 });

    expect(value).toEqual({ a: '{{ 1/0 }} and {{"a" - 1}} and 1' });
    expect(errors.map(({ expression }) => expression)).toEqual(['1/0', '"a" - 1']);
  });

  it('makes a text with a failing placeholder null as a whole where that is asked for', () => {
    const template = compileTemplate(
      { a: '{{1/0}} and {{"a" - 1}}', b: 'b={{$.b}}' },
      { failedText: 'null' },
    );

    const { value, errors } = template.evaluate({ b: 1 });

    expect(value).toEqual({ a: null, b: 'b=1' });
    expect(errors.map(({ expression }) => expression)).toEqual(['1/0', '"a" - 1']);
  });

  it('does not throw for an expression that does not compile, but fails each evaluation the same way', () => {
    const template = compileTemplate({ good: '{{1}}', bad: '{{$.}}', mixed: 'a{{nope(1)}}' });

    expect(template.isConstant).toBe(false);
    expect(template.compileErrors.map(({ path, code }) => [path, code])).toEqual([
      ['bad', 'SYNTAX'],
      ['mixed', 'UNKNOWN_FUNCTION'],
    ]);
    expect(template.evaluate({})).toEqual({
      value: { good: 1, bad: null, mixed: 'a{{nope(1)}}' },
      errors: template.compileErrors,
    });
  });

  it('gives each evaluation errors of its own', () => {
    const template = compileTemplate({ a: '{{$.a + 1}}' });

    const failed = template.evaluate({}).errors;
    const succeeded = template.evaluate({ a: 1 }).errors;

    expect(failed).toHaveLength(1);
    expect(succeeded).toHaveLength(0);
  });

  it('is not affected in one expression by a filter that failed in the one before', () => {
    const template = compileTemplate({ a: '{{$.items[?(@ + "x")]}}', b: '{{@.items.length}}' });

    expect(template.evaluate({ items: [1, 2] }).value).toEqual({ a: null, b: 2 });
  });

  it('works without data', () => {
    expect(compileTemplate({ a: '{{$.a}}', b: 'x{{$}}' }).evaluate(undefined)).toEqual({
      value: { a: null, b: 'x' },
      errors: [],
    });
  });

  it('treats a key named __proto__ as a field like any other', () => {
    const configuration = JSON.parse('{"__proto__":"{{$.x}}","a":"{{1}}"}');

    const value = compileTemplate(configuration).evaluate({ x: { polluted: true } }).value as object;

    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true},"a":1}');
    expect('polluted' in value).toBe(false);
  });

  it('refuses a template that nests deeper than 64 levels, at the place where it does', () => {
    const nested = (levels: number): Json => (levels === 0 ? '{{1}}' : { a: nested(levels - 1) });

    expect(compileTemplate(nested(64)).compileErrors).toHaveLength(0);
    expect(compileTemplate(nested(65)).compileErrors).toMatchObject([{ code: 'LIMIT', expression: '' }]);
  });

  it('refuses an interpolated text above 1 MiB', () => {
    const { value, errors } = compileTemplate({ a: '{{$.s}}{{$.s}}' }).evaluate({ s: 'x'.repeat(600_000) });

    expect(value).toEqual({ a: null });
    expect(errors).toMatchObject([{ code: 'LIMIT', path: 'a' }]);
  });
});

describe('An interpolated text', () => {
  it('longer than the host can hold fails alone', () => {
    const text = '{{$.s}}'.repeat(2000);
    const { value, errors } = compileTemplate({ text, ok: '{{1}}' }).evaluate({ s: 'x'.repeat(1_000_000) });

    expect(value).toEqual({ text: null, ok: 1 });
    expect(errors).toMatchObject([{ code: 'LIMIT', path: 'text' }]);
  });
});

describe('A placeholder', () => {
  it.each([
    ["{{ '}}' }}", '}}'],
    ["a{{ '{{' }}b", 'a{{b'],
    ['{{ "\\"}}" }}', '"}}'],
    ['{{ {a: {b: 1}} }}', { a: { b: 1 } }],
    ['{{ {a: {b: 1}}.a.b }}', 1],
    ["it's {{1}} and it's {{2}}", "it's 1 and it's 2"],
    ['{{1}}{{2}}', '12'],
    ['<{{"a&b"}}>', '<a&b>'],
    ['a}} {{1}}', 'a}} 1'],
    ['{{1}}}', '1}'],
  ])('in %s ends where its own quotes and braces do', (text, expected) => {
    expect(textOf(text)).toEqual(expected);
  });

  it.each([
    '{{',
    '}}',
    '{{}}',
    '{ {$.a} }',
    '{$.a}',
    '$.a',
    '{{ $.a',
    '{{\n$.a}}',
    '{{$.a\n}}',
    'a {{ b \n }} c',
  ])('is not found in %j', (text) => {
    expect(textOf(text, { a: 1 })).toBe(text);
  });

  it.each([
    ['{{}} {{$.a}}', '{{}} 1'],
    ['{{ \n{{$.a}}', '{{ \n1'],
    ['one\n{{$.a}}\ntwo', 'one\n1\ntwo'],
  ])('is found in %j beside text that only looks like one', (text, expected) => {
    expect(textOf(text, { a: 1 })).toBe(expected);
  });

  it('with quotes that do not match ends at the first braces, and fails alone', () => {
    const { errors } = compileTemplate({ a: "{{it's}}", b: "{{'a}} {{'b'}}" }).evaluate({});

    expect(errors.map(({ expression }) => expression)).toEqual(["it's", "'a"]);
  });

  it.each([
    [null, ''],
    [true, 'true'],
    [0.1, '0.1'],
    [123456789012, '123456789012'],
    [[1, 'a', null], '[1,"a",null]'],
    [{ b: [], a: 'é' }, '{"b":[],"a":"é"}'],
  ])('writes %j into text as %j', (v, expected) => {
    expect(textOf('<{{$.v}}>', { v })).toBe(`<${expected}>`);
  });
});
