import { compileExpression, compileTemplate, ExpressionError, type Json } from '../src/index.ts';
import { HOT_AFTER } from '../src/warming.ts';

/** Often enough that the next evaluation is one by a generated function. */
const OFTEN = HOT_AFTER + 1;

const NESTED = {
  deep: [{ city: '{{$.user.address.city}}', none: '{{$.none}}' }, 7],
  constant: { a: [1] },
};

const MAPPING: Json = {
  id: '{{$.order.id}}',
  text: 'Dear {{$.user.name}} of {{$.user.address.city}}{{$.none}}',
  total: '{{$.order.price * 2 + $.order.quantity}}',
  isLarge: '{{$.order.quantity > 10 && !$.order.paid || $.order.id == "x"}}',
  status: "{{$.order.paid ? 'paid' : -$.order.price}}",
  first: '{{$.items[0].name}}',
  last: '{{$.items[-1]["name"]}}',
  cheap: '{{$.items[?(@.price < 3)].name}}',
  count: '{{length($.items)}} of {{upper($.user.name)}}',
  part: '{{substr($.user.name, 0, 2)}}',
  matches: "{{$.user.name =~ 'A.*'}}",
  made: '{{[$.order.id, $.none, {"a": $.user}]}}',
  nested: NESTED,
  __proto: '{{$.__proto__}}{{$.constructor}}',
  length: '{{$.items.length}}',
};

const DATA: Json = {
  user: { name: 'Ada', address: { city: 'Köln' } },
  order: { id: 'o-1', price: 2.5, quantity: 12, paid: false },
  items: [
    { name: 'a', price: 1 },
    { name: 'b', price: 9 },
  ],
};

class Person {
  readonly name = 'Ada';
  get address(): Json {
    return { city: 'hidden' };
  }
}

/** What a form of a value would differ in, if paths looked further than a value's own fields. */
const UNUSUAL: ReadonlyArray<readonly [what: string, data: Json | undefined]> = [
  ['nothing', undefined],
  ['null', null],
  ['a text', 'text'],
  ['a number', 3],
  ['an array', [1, 2]],
  ['an array where an object is expected', { user: [1], order: [{ id: 1 }], items: { 0: { name: 'zero' } } }],
  ['texts where objects are expected', { user: 'Ada', order: 'o-1', items: 'abc' }],
  ['objects without a prototype', Object.assign(Object.create(null), DATA) as Json],
  [
    'objects of a class',
    { user: new Person() as unknown as Json, order: { price: 1, quantity: 1 }, items: [] },
  ],
  [
    'names of the host',
    JSON.parse('{"__proto__":{"id":1},"constructor":1,"user":{"__proto__":{"name":"x"}}}'),
  ],
  [
    'values of other types',
    { user: { name: {} }, order: { price: '1', quantity: true, paid: [] }, items: [[]] },
  ],
  ['integers beyond numbers', { order: { price: 9007199254740993n, quantity: 9007199254740993n } }],
];

function warmed(configuration: Json) {
  const template = compileTemplate(configuration);
  for (let round = 0; round < OFTEN; round += 1) template.evaluate(DATA);
  return template;
}

describe('A template that is evaluated often', () => {
  it('gives what it gave before, of whatever data', () => {
    const [often, once] = [warmed(MAPPING), compileTemplate(MAPPING)];
    expect(often.evaluate(DATA)).toStrictEqual(once.evaluate(DATA));
    expect(once.evaluate(DATA).value).toMatchObject({ total: 17, isLarge: true, status: -2.5, cheap: 'a' });
  });

  it.each(UNUSUAL)('gives the same values and the same errors of %s', (_what, data) => {
    expect(warmed(MAPPING).evaluate(data)).toStrictEqual(compileTemplate(MAPPING).evaluate(data));
  });

  it('shares what is constant, and makes the rest anew', () => {
    const template = warmed(MAPPING);
    const nested = () => (template.evaluate(DATA).value as { readonly nested: typeof NESTED }).nested;
    expect(nested().constant).toBe(NESTED.constant);
    expect(nested()).not.toBe(nested());
  });

  it('finds nothing that somebody in the process has added to all objects', () => {
    const template = warmed({ city: '{{$.city}}' });
    Object.defineProperty(Object.prototype, 'city', {
      value: 'theirs',
      enumerable: true,
      configurable: true,
    });
    try {
      expect(template.evaluate({}).value).toStrictEqual(
        compileTemplate({ city: '{{$.city}}' }).evaluate({}).value,
      );
    } finally {
      delete (Object.prototype as { city?: unknown }).city;
    }
  });

  it('keeps a negative zero apart from zero', () => {
    const { value } = warmed({ zero: 0, negative: -0, text: '{{$.none}}' }).evaluate({});
    expect(value).toEqual({ zero: 0, negative: -0, text: null });
  });

  it('may be of any size', () => {
    const big = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, index) => [`k${index}`, `{{$.order.id}}`]),
    );
    expect(warmed(big).evaluate(DATA)).toStrictEqual(compileTemplate(big).evaluate(DATA));
  });
});

describe('An expression that is evaluated often', () => {
  it.each([
    ['a path of 10,000 steps', `$${'.a'.repeat(10_000)}`],
    ['1,000 operators', `1${' + 1'.repeat(1_000)}`],
    ['64 levels', `${'['.repeat(64)}1${']'.repeat(64)}`],
  ])('may have %s', (_what, source) => {
    const expression = compileExpression(source);
    const before = expression.evaluate(DATA);
    for (let round = 0; round < OFTEN; round += 1) expression.evaluate(DATA);
    expect(expression.evaluate(DATA)).toStrictEqual(before);
  });

  it('says where it fails, as before', () => {
    const expression = compileExpression('$.order.price + $.user.name');
    const failure = (): unknown => {
      try {
        return expression.evaluate(DATA);
      } catch (error) {
        return ExpressionError.is(error) && { ...error, message: error.message };
      }
    };
    const before = failure();
    for (let round = 0; round < OFTEN; round += 1) failure();
    expect(failure()).toEqual(before);
    expect(before).toMatchObject({ code: 'TYPE', position: 14 });
  });
});

describe('The source of a generated function', () => {
  const global = globalThis as { Function: FunctionConstructor };

  /** Calls `use` while functions are made by `make`. */
  function withFunctions(make: (...source: string[]) => unknown, use: () => void): void {
    const original = global.Function;
    global.Function = function (...source: string[]) {
      return make(...source) ?? Reflect.construct(original, source);
    } as unknown as FunctionConstructor;
    try {
      use();
    } finally {
      global.Function = original;
    }
  }

  it('has no character of the template', () => {
    const sources: string[] = [];
    const hostile = '`+process.exit(4711)+`';
    const configuration: Json = {
      [`zebra";${hostile}`]: `{{$["${hostile}"].zebra}}`,
      text: `zebra ${hostile} {{$.zebra == "zebra\\"+zebra" ? 4711 : [4711][4711]}}`,
      call: '{{upper($.zebra["zebra zebra"]) }}',
    };
    withFunctions(
      (...source) => void sources.push(...source),
      () => warmed(configuration),
    );
    expect(sources).toHaveLength(2);
    expect(sources.join()).not.toMatch(/zebra|process|exit|4711|`/);
    // Names that we number, and the words and signs that we write.
    const known =
      /"use strict"|"(object)?"|\b(given|const|data|scope|new|return|if|typeof|null|undefined)\b|\b[gv]\d+k?\b|\bdatak\b|\.__proto__|\/\/\d+$|[0-2]|[[\](){},;:?!=<>&|+\s]|=>/g;
    expect(sources[1]?.replace(known, '')).toBe('');
  });

  it('is done without where a process may not generate code', () => {
    const refuse = (): never => {
      throw new EvalError('Code generation from strings disallowed for this context');
    };
    withFunctions(refuse, () => {
      expect(warmed(MAPPING).evaluate(DATA)).toStrictEqual(compileTemplate(MAPPING).evaluate(DATA));
    });
  });
});
