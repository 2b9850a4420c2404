import { inspect } from 'node:util';
import { compileTemplate, type Json } from '../src/index.ts';

/** What the language answers for one text of a configuration: the fact's number, `$`, the text, the result. */
type Fact = readonly [number: number, data: unknown, text: string, value: unknown, failure?: 'fails'];

const NOW_MS = 1_750_000_000_123;

const T = { t: 'hello' };
const PATHS = { t: 'deployment/nginx' };
const LIST = { a: [1, 2, 3, 4] };
const TYPED = { a: [{ p: 1, t: 'A' }, { p: 2, t: 'B' }] }; // prettier-ignore

const FACTS: readonly Fact[] = [
  [2, { a: 1 }, '{{$.a}}', 1],
  [3, { a: 1 }, '{{ $.a }}', 1],
  [4, { a: { x: 1 } }, '{{$}}', { a: { x: 1 } }],
  [5, [1, 2], '{{$}}', [1, 2]],
  [6, { name: 'World' }, 'Hello {{$.name}}!', 'Hello World!'],
  [7, { a: 'q' }, ' {{$.a}}', ' q'],
  [8, {}, 'n={{$.v}}', 'n='],
  [9, {}, '{{$.v}}', null],
  [10, { a: 1 }, 'x{{ }}y', 'x{{ }}y', 'fails'],
  [11, { a: 1 }, '{{}}', '{{}}'],
  [12, { a: 1, b: 2 }, '{{$.a}} and {{$.b}}', '1 and 2'],
  [13, { v: 1_000_000 }, 'n={{$.v}}', 'n=1000000'],
  [14, { v: 0.00001 }, 'n={{$.v}}', 'n=0.00001'],
  [15, { v: { b: 1, a: 'x' } }, 'n={{$.v}}', 'n={"b":1,"a":"x"}'],
  [16, {}, '$18.99', '$18.99'],
  [16, {}, 'Save $5', 'Save $5'],
  [17, {}, '{{1 + 2}}', 3],
  [17, {}, '{{10 + 20 + 30}}', 60],
  [18, {}, '{{-5 + 10}}', 5],
  [19, {}, '{{100 - 20 - 30}}', 50],
  [20, {}, '{{"hello" + " world"}}', 'hello world'],
  [21, {}, '{{"1h" + "30m"}}', '5400s'],
  [22, {}, '{{"1h" + "1m" + "1s"}}', '3661s'],
  [23, {}, '{{"2024-01-01T12:00:00Z" + "1h"}}', '2024-01-01T13:00:00Z'],
  [24, {}, '{{"1h" + "2024-01-01T12:00:00Z"}}', '2024-01-01T13:00:00Z'],
  [25, {}, '{{"2024-01-01T12:00:00Z" - "30m"}}', '2024-01-01T11:30:00Z'],
  [26, {}, '{{"1h" - "30m"}}', '1800s'],
  [27, { d: '100ms' }, "{{$.d + '1ms'}}", '0.101s'],
  [28, { d: '2024-01-01T12:00:00+02:00' }, "{{$.d + '1h'}}", '2024-01-01T13:00:00+02:00'],
  [29, {}, '{{"abc" - "b"}}', null, 'fails'],
  [30, {}, '{{"1" + "2"}}', '12'],
  [31, {}, '{{"0" + "0"}}', '0s'],
  [32, { n: 5 }, '{{"a" + $.n}}', null, 'fails'],
  [32, { n: 5 }, '{{$.n + "a"}}', null, 'fails'],
  [33, { n: 5 }, '{{"a" + string($.n)}}', 'a5'],
  [34, {}, '{{$.m + 1}}', null, 'fails'],
  [35, { a: 2 }, '{{$.a + 1 == 3}}', true],
  [36, { a: 2 }, '{{3 == $.a + 1}}', true],
  [37, { a: 2 }, '{{3 == ($.a + 1)}}', true],
  [38, { a: 2, b: 3 }, '{{1 + $.a * $.b}}', 7],
  [39, { a: 2, b: 3 }, '{{$.a*$.b}}', 6],
  [40, { a: 2, b: 3 }, '{{$.a-$.b}}', -1],
  [40, { a: 2, b: 3 }, '{{$.a/$.b}}', 2 / 3],
  [41, { a: 6, b: 0 }, '{{$.a / $.b}}', null, 'fails'],
  [42, { a: -7 }, '{{$.a % 4}}', -3],
  [43, { a: 7.5 }, '{{$.a % 4}}', null, 'fails'],
  [44, { a: 7 }, '{{$.a % 0}}', null, 'fails'],
  [45, { a: 2 }, '{{$.a ** 3 ** 2}}', 512],
  [46, { a: 5 }, '{{$.a & 3}}', 1],
  [46, { a: 5 }, '{{$.a | 3}}', 7],
  [46, { a: 5 }, '{{$.a ^ 3}}', 6],
  [46, { a: 5 }, '{{$.a &^ 1}}', 4],
  [46, { a: 5 }, '{{$.a << 1}}', 10],
  [47, { a: 1 }, "{{$.a == '1'}}", false],
  [48, { a: [1, 2], b: [1, 2] }, '{{$.a == $.b}}', true],
  [49, { a: null }, '{{$.a == null}}', true],
  [49, { a: null }, '{{$.a != null}}', false],
  [50, {}, '{{$.a == null}}', false],
  [50, {}, '{{$.a != null}}', false],
  [51, { a: 'b' }, "{{$.a > 'a'}}", true],
  [51, { a: 'b' }, '{{$.a > 1}}', false],
  [52, {}, '{{$.a > 1}}', false],
  [53, { a: true }, '{{$.a > false}}', null, 'fails'],
  [54, { a: 'foo@example.com' }, String.raw`{{$.a =~ '.+@example\\.com'}}`, true],
  [55, { a: 'x' }, "{{$.a || 'def'}}", true],
  [56, {}, "{{$.m || 'def'}}", true],
  [56, {}, '{{$.m && true}}', false],
  [57, { a: 5 }, '{{!$.a}}', false],
  [58, { f: true }, "{{$.f ? 'y' : 'n'}}", 'y'],
  [59, { f: true }, "{{$.f? 'y' : 'n'}}", 'y'],
  [60, {}, "{{$.m ? $.m : 'default'}}", 'default'],
  [61, { s: {} }, "{{$.s ? 'y' : 'n'}}", 'y'],
  [61, { s: {} }, '{{not($.s)}}', true],
  [62, { v: 20 }, '{{$.v > 15 ? "L" : ($.v > 5 ? "M" : "S")}}', 'L'],
  [63, { v: 20 }, '{{$.v > 15 ? "L" : $.v > 5 ? "M" : "S"}}', 'L'],
  [64, { a: 6, b: 0 }, '{{$.b == 0 ? 0 : $.a / $.b}}', 0],
  [65, {}, '{{true ? 1 + 2 : 3 + 4}}', 3],
  [66, LIST, '{{$.a[-1]}}', 4],
  [66, LIST, '{{$.a[1:3]}}', [2, 3]],
  [66, LIST, '{{$.a[::-1]}}', [4, 3, 2, 1]],
  [66, LIST, '{{$.a[9]}}', null],
  [67, { a: [{ p: 1 }, { p: 2 }] }, '{{$.a[*].p}}', [1, 2]],
  [68, { a: [{ p: 1 }] }, '{{$.a[*].p}}', 1],
  [69, { a: [] }, '{{$.a[*].p}}', null],
  [70, TYPED, "{{$.a[?(@.t == 'B')].p}}", 2],
  [71, TYPED, "{{length($.a[?(@.t == 'Z')])}}", 0],
  [72, { a: { 'x-y': 5 } }, "{{$.a['x-y']}}", 5],
  [72, { a: { 'x-y': 5 } }, '{{$.a.x-y}}', null, 'fails'],
  [73, { a: [1, 2] }, '{{$.a.length}}', 2],
  [73, { a: [1, 2] }, '{{$.a.length - 1}}', 1],
  [74, { a: 'héllo' }, '{{length($.a)}}', 6],
  [75, { a: 'abc' }, '{{$.a.length}}', 3],
  [76, { a: [1, 2, 3] }, '{{sum($.a)}}', 6],
  [76, { a: [1, 2, 3] }, '{{avg($.a)}}', 2],
  [76, { a: [1, 2, 3] }, '{{first($.a)}}', 1],
  [76, { a: [1, 2, 3] }, '{{last($.a)}}', 3],
  [77, { a: [1, 'x'] }, '{{sum($.a)}}', null, 'fails'],
  [78, {}, '{{sum($.m)}}', null],
  [78, {}, '{{length($.m)}}', 0],
  [78, {}, '{{upper($.m)}}', null],
  [78, {}, '{{first($.m)}}', null],
  [79, {}, '{{abs($.m)}}', null, 'fails'],
  [79, {}, "{{contains($.m,'a')}}", null, 'fails'],
  [80, PATHS, "{{first(split($.t, '/'))}}", 'deployment'],
  [80, PATHS, "{{last(split($.t, '/'))}}", 'nginx'],
  [81, PATHS, "{{split($.t, '/')[0]}}", 'deployment'],
  [82, { u: 'https://example.com/p' }, "{{first(split(last(split($.u, '//')), '/'))}}", 'example.com'],
  [83, { t: ['a', 1] }, "{{join($.t, '-')}}", null, 'fails'],
  [84, { x: [{ n: 'a' }] }, "{{join($.x[*].n, ',')}}", 'a'],
  [85, T, "{{contains($.t,'ell')}}", true],
  [85, T, "{{hasPrefix($.t,'he')}}", true],
  [85, T, "{{hassuffix($.t,'lo')}}", true],
  [86, T, "{{index($.t,'l') + 1}}", 3],
  [86, T, "{{index($.t,'x')}}", -1],
  [87, T, '{{substr($.t,1,3)}}', 'ell'],
  [87, T, '{{substr($.t,-2)}}', 'lo'],
  [87, T, '{{substr($.t,9)}}', ''],
  [88, T, '{{substr($.t,3,-2)}}', null, 'fails'],
  [89, { t: 'abc' }, "{{replace($.t,'','X')}}", 'XaXbXcX'],
  [90, T, '{{b64encode($.t)}}', 'aGVsbG8='],
  [91, { t: 'aGVsbG8' }, '{{b64decode($.t)}}', 'hello'],
  [91, { t: 'aGVsbG8=' }, '{{b64decode($.t)}}', 'hello'],
  [92, { n: 2.5 }, '{{round($.n)}}', 3],
  [92, { n: 2.5 }, '{{roundtoeven($.n)}}', 2],
  [92, { n: 2.5 }, '{{round(0 - $.n)}}', -3],
  [93, { n: -1 }, '{{sqrt($.n)}}', null, 'fails'],
  [94, { v: 45.67 }, '{{string($.v)}}', '45.67'],
  [94, { v: true }, '{{string($.v)}}', 'true'],
  [94, { v: 's' }, '{{string($.v)}}', 's'],
  [95, { v: null }, '{{string($.v)}}', 'null'],
  [96, { v: { a: 1 } }, '{{string($.v)}}', '{"a":1}'],
  [97, {}, '{{now()}}', 1_750_000_000],
  [98, {}, '{{now(0)}}', 1_750_000_000],
  [98, {}, '{{RFC3339(1704110400)}}', '2024-01-01T12:00:00Z'],
  [99, {}, '{{TRUE}}', true],
  [99, {}, '{{pi}}', Math.PI],
  [99, {}, '{{foo}}', null, 'fails'],
  [99, {}, '{{.5}}', null, 'fails'],
  [100, { n: 9007199254740992 }, '{{$.n}}', 9007199254740992],
  [100, { n: 9007199254740993n }, '{{$.n}}', 9007199254740993n],
  [101, { first: 'A', last: 'B' }, "{{$.first + ' ' + $.last}}", 'A B'],
  [102, { arr: [{ id: 1 }, { id: 2 }], i: 1 }, '{{$.arr[($.i)].id}}', 2],
  [102, { arr: [{ id: 1 }, { id: 2 }], i: 1 }, '{{$.arr[$.i].id}}', 2],
];

describe('The facts of the language', () => {
  it.each(FACTS.map((fact) => ({ fact, title: `${fact[0]}: ${fact[2]} with ${inspect(fact[1])}` })))(
    '$title',
    ({ fact: [, data, text, value, failure] }) => {
      const template = compileTemplate({ text }, { now: () => NOW_MS });

      const result = template.evaluate(data as Json);

      expect(result.value).toEqual({ text: value });
      expect(result.errors).toHaveLength(failure === 'fails' ? 1 : 0);
    },
  );

  it('are all here', () => {
    const apart = [1, 103, 104, 105];
    const numbers = new Set([...apart, ...FACTS.map(([number]) => number)]);

    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 105 }, (_, index) => index + 1));
  });

  it('1: leaves a configuration without placeholders unchanged', () => {
    const configuration = { name: 'test', value: 123 };

    expect(compileTemplate(configuration).evaluate({}).value).toBe(configuration);
  });

  it('103: evaluates values at any depth, but never keys', () => {
    const template = compileTemplate({ y: ['{{$.a}}', 2, null, true], '{{$.a}}': 'key' });

    expect(template.evaluate({ a: 1 }).value).toEqual({ y: [1, 2, null, true], '{{$.a}}': 'key' });
  });

  it.each([[[1]], ['x'], [123], [null]])('104: refuses %j as a configuration', (configuration) => {
    const template = compileTemplate(configuration);

    expect(template.compileErrors).toHaveLength(1);
    expect(template.evaluate({})).toEqual({ value: null, errors: template.compileErrors });
  });

  // Configurations come here parsed: what no JSON text can stand for is what is left of one that is not valid.
  it.each([[undefined], [() => 1], [Symbol('x')]])('105: refuses %p as a configuration', (configuration) => {
    const template = compileTemplate(configuration as never);

    expect(template.compileErrors).toHaveLength(1);
    expect(template.evaluate({})).toEqual({ value: null, errors: template.compileErrors });
  });
});
