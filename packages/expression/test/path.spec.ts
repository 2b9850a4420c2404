import { compileExpression, type Json } from '../src/index.ts';

function find(path: string, data: unknown): Json | undefined {
  return compileExpression(path).evaluate(data as Json);
}

describe('A path', () => {
  const letters = { l: ['a', 'b', 'c', 'd', 'e'] };

  it.each<[string, unknown]>([
    ['[0]', 'a'],
    ['[-1]', 'e'],
    ['[-6]', undefined],
    ['[5]', undefined],
    ['.0', 'a'],
    ["['1']", 'b'],
    ['[1:3]', ['b', 'c']],
    ['[:2]', ['a', 'b']],
    ['[3:]', ['d', 'e']],
    ['[-2:]', ['d', 'e']],
    ['[:-3]', ['a', 'b']],
    ['[::2]', ['a', 'c', 'e']],
    ['[::-2]', ['e', 'c', 'a']],
    ['[3:0:-1]', ['d', 'c', 'b']],
    ['[9::-2]', ['d', 'b']],
    ['[1:2]', 'b'],
    ['[2:2]', undefined],
    ['[-99:99]', ['a', 'b', 'c', 'd', 'e']],
    ['[(@.length - 2):]', ['d', 'e']],
    ['[0,2]', ['a', 'c']],
    ['[0,0]', ['a', 'a']],
    ['[0,9]', 'a'],
    ['[0,-1,1:3]', ['a', 'e', 'b', 'c']],
    ['[*]', ['a', 'b', 'c', 'd', 'e']],
    ['[(@.length - 1)]', 'e'],
    ['[(0 - 1)]', 'e'],
    ["['length']", 5],
    ['.name', undefined],
    ['[1.5]', undefined],
    ['[null]', undefined],
  ])('with %s finds %j in an array', (step, expected) => {
    expect(find(`$.l${step}`, letters)).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['$.o.a', 1],
    ["$.o['a']", 1],
    ['$.o["a"]', 1],
    ['$.o[a]', 1],
    ['$.o[$.k]', 1],
    ['$.o[($.k)]', 1],
    ["$.o['a','b']", [1, 2]],
    ['$.o[a,b]', [1, 2]],
    ['$.o.*', [3, 1, 2]],
    ['$.o[0]', 3],
    ['$.o.0', 3],
    ['$.o[?(@ > 1)]', [3, 2]],
    ['$.o[1:2]', undefined],
    ['$.o.length', undefined],
    ['$.o.c.d', undefined],
    ['$.k.length', 1],
    ['$.k.x', undefined],
    ['$["with space"]', 's'],
    ['$.ünïcode', 'u'],
    ['$.$ref', 'r'],
    ['$.l.length', 7],
  ])('%s finds %j in an object', (path, expected) => {
    const data = {
      o: { b: 2, a: 1, 0: 3 },
      k: 'a',
      'with space': 's',
      ünïcode: 'u',
      $ref: 'r',
      l: { length: 7 },
    };

    expect(find(path, data)).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['$..c', [2, 1]],
    ['$..b', { c: 1 }],
    ['$..*', [{ b: { c: 1 } }, 2, { c: 1 }, 1]],
    ["$..['b','c']", [{ c: 1 }, 2, 1]],
    ['$..[?(@.c)]', { c: 1 }],
    ['$.a..c', 1],
    ['$..x', undefined],
  ])('%s descends to %j', (path, expected) => {
    expect(find(path, { a: { b: { c: 1 } }, c: 2 })).toEqual(expected);
  });

  it('descends to all children before it goes below the first', () => {
    expect(find('$..n', { a: { x: { n: 1 } }, b: { n: 2 }, n: 0 })).toEqual([0, 2, 1]);
  });

  it.each<[string, unknown]>([
    ['$.items[?(@.n > 1)].n', [2, 3]],
    ['$.items[?(@.n > 1 && @.t == "b")].n', [2, 3]],
    ['$.items[?(@.n == $.want)].t', 'a'],
    ['$.items[?(@.tags[?(@ == "x")])].n', [1, 3]],
    ['$.items[?(length(@.tags) == 0)].n', 2],
    ['$.items[?(key(@) == null)].n', [1, 2, 3]],
    ['$.items[?(@.missing)]', undefined],
    ['$.items[? @.n == 2].t', 'b'],
    ['$.byName[?(key(@) == "q")]', 2],
    ['$.byName[?(parent(@).p == 1)]', [1, 2]],
    ['$.items[*].tags[*]', ['x', 'y', 'x']],
    ["$.items[*]['n','t']", [1, 2, 3, 'a', 'b', 'b']],
    ['$.items[@.length - 1].n', 3],
  ])('%s filters to %j', (path, expected) => {
    const data = {
      want: 1,
      items: [
        { n: 1, t: 'a', tags: ['x', 'y'] },
        { n: 2, t: 'b', tags: [] },
        { n: 3, t: 'b', tags: ['x'] },
      ],
      byName: { p: 1, q: 2 },
    };

    expect(find(path, data)).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['parent($.a.b)', { b: [5] }],
    ['parent(parent($.a))', 'error'],
    ['key($.a.b)', 'b'],
    ['key($.a.b[0])', null],
    ['parent($.a.b[0])', [5]],
    ['parent($)', null],
    ['key($)', null],
    ['parent($.x)', null],
    ['key($.x.y)', null],
    ['root($.a.b)', { a: { b: [5] } }],
    ['root($.x)', null],
    ['key($..b)', 'b'],
    ['key($[a])', 'a'],
    ['key($..)', 'error'],
  ])('%s tells where a match sits', (source, expected) => {
    const run = (): unknown => find(source, { a: { b: [5] } });

    if (expected === 'error') expect(run).toThrow();
    else expect(run()).toEqual(expected);
  });

  it('keeps a path in parentheses apart from the steps after it', () => {
    const data = { a: [{ b: [1, 2] }, { b: [3] }] };

    expect(find('$.a[*].b[0]', data)).toEqual([1, 3]);
    expect(find('($.a[*].b)[0]', data)).toEqual([1, 2]);
    expect(find('($.a)[1].b', data)).toEqual([3]);
  });

  it('fails for a slice without a step forward', () => {
    expect(() => find('$[::0]', [1])).toThrow('the step of a slice must not be 0');
    expect(() => find("$['a':]", [1])).toThrow("'[start:end:step]' needs an integer");
  });

  it('never changes the data', () => {
    const data = Object.freeze({ a: Object.freeze([3, 1, 2]) });

    expect(find('$.a[::-1]', data)).toEqual([2, 1, 3]);
    expect(data.a).toEqual([3, 1, 2]);
  });
});

describe('A path in hostile data', () => {
  it.each([
    '$.constructor',
    '$.__proto__',
    '$.toString',
    '$.hasOwnProperty',
    "$['constructor']['constructor']",
    "$['__proto__']",
    "$[('constr' + 'uctor')]",
    '$.text.constructor',
    '$.text.__proto__',
    '$.text.at',
    '$.list.constructor',
    '$.list.map',
    "$.list['push']",
    '$.list.__proto__',
    '$.number.toFixed',
    '$.flag.valueOf',
    '$..constructor',
    "upper('a').constructor",
    '{}.constructor',
    '[].constructor',
  ])('finds nothing of the host with %s', (path) => {
    expect(find(path, { text: 'a', list: [1], number: 1, flag: true })).toBeUndefined();
  });

  it('finds nothing that is only inherited', () => {
    const data = Object.assign(Object.create({ inherited: 1 }), { own: 2 });

    expect(find('$.inherited', data)).toBeUndefined();
    expect(find('$.*', data)).toBe(2);
    expect(find('$..inherited', data)).toBeUndefined();
  });

  it('finds own fields with the names of the host', () => {
    const data = JSON.parse('{"__proto__":{"a":1},"constructor":2}');

    expect(find('$.__proto__.a', data)).toBe(1);
    expect(find('$.constructor', data)).toBe(2);
    expect(find('$.*', data)).toEqual([{ a: 1 }, 2]);
  });

  it('builds an object with the key __proto__ without touching a prototype', () => {
    const value = find("{'__proto__': {polluted: true}}", {}) as object;

    expect('polluted' in value).toBe(false);
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
