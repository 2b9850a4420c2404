import { compileExpression, ExpressionError, type Json } from '../src/index.ts';

function evaluate(source: string, data: unknown = {}): Json | undefined {
  return compileExpression(source).evaluate(data as Json);
}

function codeOf(source: string, data: unknown = {}): string {
  try {
    return `no error: ${JSON.stringify(evaluate(source, data))}`;
  } catch (error) {
    if (ExpressionError.is(error)) return error.code;
    throw error;
  }
}

describe('Functions on arrays and objects', () => {
  it.each<[string, unknown]>([
    ['sum({a: 1, b: 2})', 3],
    ['sum(5)', 5],
    ['sum([])', 0],
    ["sum('a')", null],
    ['sum(null)', null],
    ['avg({a: 1, b: 2})', 1.5],
    ['avg([])', 0],
    ['avg(5)', 5],
    ['avg($.m)', null],
    ['length([1,2])', 2],
    ['length({a: 1, b: 2})', 1],
    ['length(null)', 1],
    ['length(true)', 1],
    ["length('😀')", 4],
    ['size({a: 1, b: 2})', 2],
    ["size('abc')", 0],
    ['size($.m)', 0],
    ['first([])', null],
    ["first('abc')", null],
    ['last([])', null],
    ['LENGTH([1])', 1],
    ['length([1], 1/0)', 1],
  ])('%s is %j', (source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });

  it('refuse numbers mixed with others', () => {
    expect(codeOf('avg([1, null])')).toBe('TYPE');
    expect(codeOf("sum({a: 'x'})")).toBe('TYPE');
    expect(codeOf('sum([1e308, 1e308])')).toBe('ARITHMETIC');
  });
});

describe('Functions on text', () => {
  it.each<[string, unknown]>([
    ["upper('straße')", 'STRAßE'],
    ["lower('ÀΣ')", 'àσ'],
    ["lower('İ')", 'i'],
    ["trim(' \\t\\u0085\\u00a0a b\\u3000\\n')", 'a b'],
    ["trim('\\ufeffa')", '\ufeffa'],
    ["trim('   ')", ''],
    ["reverse('a😀b')", 'b😀a'],
    ["split('a,b,', ',')", ['a', 'b', '']],
    ["split('', ',')", ['']],
    ["split('', '')", []],
    ["split('a😀', '')", ['a', '😀']],
    ["join([], ',')", ''],
    ["join(['a'], ',')", 'a'],
    ["contains('abc', '')", true],
    ["index('héllo', 'l')", 3],
    ["index('abc', '')", 0],
    ["substr('héllo', index('héllo', 'l'))", 'llo'],
    ["substr('héllo', 0, 2)", 'hé'],
    ["substr('héllo', 1, 2)", 'é'],
    ["substr('abc', -9, 2)", 'ab'],
    ["substr('abc', 3)", ''],
    ["substr('abc', 0, 99)", 'abc'],
    ["substr('abc', 1, 0)", ''],
    ["replace('aXbX', 'X', '$&')", 'a$&b$&'],
    ["replace('', '', 'X')", 'X'],
    ["replace('😀', '', '-')", '-😀-'],
    ["replace('abc', 'x', 'y')", 'abc'],
    ["b64encode('é')", 'w6k='],
    ["b64encoden('é')", 'w6k'],
    ['b64encode(5)', null],
    ['b64decode($.m)', null],
    ["b64decode('w6k=')", 'é'],
    ["b64decode('w6\\nk')", 'é'],
    ["b64decode('')", ''],
  ])('%s is %j', (source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });

  it.each([
    'upper(1)',
    'lower(null)',
    'trim([])',
    "split($.m, ',')",
    "split('a', 1)",
    "join([1], ',')",
    "join(['a'], 1)",
    "join($.m, ',')",
    "contains(['a'], 'a')",
    "index('a', $.m)",
    "substr('a', '1')",
    "substr('a', 1.5)",
    "substr('a', 0, $.m)",
    "replace('a', 'b', null)",
    "b64decode('*')",
    "b64decode('a')",
    "b64decode('_-')",
  ])('%s is an error', (source) => {
    expect(codeOf(source)).toBe('TYPE');
  });
});

describe('Conversions', () => {
  it.each<[string, unknown]>([
    ['string($.m)', 'unknown'],
    ['string(null)', 'null'],
    ['string([1, null])', '[1,null]'],
    ['string(1234567)', '1234567'],
    ['string(0.00001)', '0.00001'],
    ['string(-0)', '0'],
    ['int(2.9)', 2],
    ['int(-2.9)', -2],
    ['int(-0.5)', 0],
    ["int('42')", 42],
    ["int(' -1.5e1 ')", -15],
    ['toJson($.m)', 'null'],
    ["toJson('a\"b')", '"a\\"b"'],
    ['fromJson(\'[1,{"a":null}]\')[1]', { a: null }],
  ])('%s is %j', (source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });

  it.each([
    "int('')",
    "int('abc')",
    "int('0x10')",
    'int(true)',
    'int(null)',
    'int($.m)',
    "fromJson('{')",
    'fromJson(1)',
  ])('%s is an error', (source) => {
    expect(codeOf(source)).toBe('TYPE');
  });
});

describe('Time and chance', () => {
  const environment = { now: () => 1_704_110_400_999, random: () => 0.75 };

  it.each<[string, unknown]>([
    ['now()', 1_704_110_400],
    ['now(0)', 1_704_110_400],
    ["now('s')", 1_704_110_400],
    ["now('ms')", 1_704_110_400_999],
    ["now('ns')", 1_704_110_400_999_000_000],
    ['RFC3339()', '2024-01-01T12:00:00Z'],
    ["RFC3339('x')", '2024-01-01T12:00:00Z'],
    ['RFC3339(0)', '1970-01-01T00:00:00Z'],
    ['RFC3339(-1)', '1969-12-31T23:59:59Z'],
    ['RFC3339(1704110400.9)', '2024-01-01T12:00:00Z'],
    ['RFC3339(1704110400999)', '2024-01-01T12:00:00Z'],
    ['RFC3339(1704110400999000)', '2024-01-01T12:00:00Z'],
    ['RFC3339(1704110400999000000)', '2024-01-01T12:00:00Z'],
    ["RFC3339(now()) + '1h'", '2024-01-01T13:00:00Z'],
    ['rand(10)', 7.5],
    ['randInt(10)', 7],
  ])('%s is %j', (source, expected) => {
    expect(compileExpression(source, environment).evaluate({})).toBe(expected);
  });

  it.each([
    ["now('min')", 'TYPE'],
    ['RFC3339(-99999999999)', 'ARITHMETIC'],
    ['RFC3339(1e300)', 'ARITHMETIC'],
    ['randInt(0)', 'ARITHMETIC'],
    ['randInt(-1)', 'ARITHMETIC'],
    ['randInt(1.5)', 'TYPE'],
    ["rand('1')", 'TYPE'],
  ])('%s fails with %s', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });
});

describe('Mathematics', () => {
  // Values from an arbitrary-precision library.
  it.each<[string, number]>([
    ['gamma(0.5)', 1.772453850905516],
    ['gamma(4.5)', 11.63172839656745],
    ['gamma(-1.5)', 2.363271801207355],
    ['gamma(10.1)', 454760.7514415856],
    ['gamma(170.5)', 5.56209241456e305],
    ['gamma(-20.5)', -2.834656574391335e-19],
    ['gamma(1e-10)', 9999999999.422785],
    ['erf(0.001)', 0.001128378790969236],
    ['erf(0.5)', 0.5204998778130465],
    ['erf(1.5)', 0.9661051464753106],
    ['erf(2.49)', 0.9995707121322661],
    ['erf(2.51)', 0.9996142945182757],
    ['erf(4)', 0.9999999845827421],
    ['erf(-0.7)', -0.6778011938374184],
    ['erfc(0.1)', 0.887537083981715],
    ['erfc(0.51)', 0.4707563801588296],
    ['erfc(1)', 0.1572992070502851],
    ['erfc(2.6)', 0.0002360344165293491],
    ['erfc(5)', 1.537459794428035e-12],
    ['erfc(10)', 2.088487583762545e-45],
    ['erfc(-1)', 1.842700792949715],
    ['erfinv(0.01)', 0.008862501280950598],
    ['erfinv(0.5)', 0.4769362762044699],
    ['erfinv(-0.9)', -1.163087153676674],
    ['erfinv(0.999)', 2.326753765513524],
    ['erfcinv(0.001)', 2.326753765513525],
    ['erfcinv(0.4)', 0.5951160814499948],
    ['erfcinv(0.7)', 0.2724627147267544],
    ['erfcinv(1.5)', -0.4769362762044699],
    ['j0(1e-10)', 1.0],
    ['j1(1e-10)', 5e-11],
    ['y0(1e-10)', -14.73251627269724],
    ['y1(1e-10)', -6366197723.675813],
    ['j0(0.5)', 0.9384698072408129],
    ['j1(0.5)', 0.2422684576748739],
    ['y0(0.5)', -0.4445187335067066],
    ['y1(0.5)', -1.471472392670243],
    ['j0(1)', 0.7651976865579666],
    ['j1(1)', 0.4400505857449335],
    ['y0(1)', 0.08825696421567696],
    ['y1(1)', -0.7812128213002887],
    ['j0(5)', -0.1775967713143383],
    ['j1(5)', -0.3275791375914652],
    ['y0(5)', -0.3085176252490338],
    ['y1(5)', 0.1478631433912268],
    ['j0(12.5)', 0.1468840547004211],
    ['j1(12.5)', -0.1654838046147597],
    ['y0(12.5)', -0.1712143068446693],
    ['y1(12.5)', -0.1538382565375012],
    ['j0(29.9)', -0.09781115006606245],
    ['j1(29.9)', -0.1099168107093723],
    ['y0(29.9)', -0.1082665170217755],
    ['y1(29.9)', 0.09601482979060925],
    ['j0(30.1)', -0.07410137232401857],
    ['j1(30.1)', -0.1263726827214399],
    ['y0(30.1)', -0.1251248677850747],
    ['y1(30.1)', 0.07203366369400514],
    ['j0(100)', 0.01998585030422312],
    ['j1(100)', -0.07714535201411216],
    ['y0(100)', -0.07724431336508315],
    ['y1(100)', -0.02037231200275979],
    ['j1(-5)', 0.3275791375914652],
  ])('%s is %d to 12 digits', (source, expected) => {
    const value = Number(evaluate(source));

    expect(Math.abs(value - expected)).toBeLessThan(1e-12 * Math.max(Math.abs(expected), 1e-3));
  });

  it.each<[string, number]>([
    ['round(-2.5)', -3],
    ['round(0.49999999999999994)', 0],
    ['round(-0.2)', 0],
    ['roundToEven(3.5)', 4],
    ['roundToEven(-2.5)', -2],
    ['roundToEven(-3.5)', -4],
    ['roundToEven(2.4)', 2],
    ['logb(8)', 3],
    ['logb(7.999999999999999)', 2],
    ['logb(-0.1)', -4],
    ['logb(5e-324)', -1074],
    ['pow10(308)', 1e308],
    ['pow10(-400)', 0],
    ['factorial(0)', 1],
    ['factorial(20)', 2432902008176640000],
    ['gamma(1)', 1.0],
    ['erfc(30)', 0.0],
  ])('%s is exactly %d', (source, expected) => {
    expect(evaluate(source)).toBe(expected);
  });

  it.each([
    'sqrt(-1)',
    'log(0)',
    'logb(0)',
    'asin(2)',
    'acosh(0)',
    'atanh(1)',
    'exp(1000)',
    'gamma(0)',
    'gamma(-3)',
    'gamma(172)',
    'erfinv(1)',
    'erfcinv(0)',
    'y0(0)',
    'y1(-1)',
    'pow10(309)',
    'factorial(-1)',
    'factorial(171)',
  ])('%s is no finite number', (source) => {
    expect(codeOf(source)).toBe('ARITHMETIC');
  });

  it.each(['abs($.m)', "sqrt('4')", 'floor(null)', 'pow10(1.5)', 'factorial(1.5)', 'pow10($.m)'])(
    '%s is no number',
    (source) => {
      expect(codeOf(source)).toBe('TYPE');
    },
  );
});
