import { type Json, type JsonSchema, compileDecoder } from '@tinysystems/core';

const PERSON: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1 },
    age: { type: 'integer', default: 18 },
    address: {
      type: 'object',
      properties: { city: { type: 'string', default: 'Bern' }, zip: { type: 'string' } },
    },
    tags: {
      type: 'array',
      items: {
        type: 'object',
        properties: { key: { type: 'string' }, on: { type: 'boolean', default: true } },
        required: ['key'],
      },
    },
  },
  required: ['name'],
};

function decoded(schema: JsonSchema, value: Json): Json {
  const result = compileDecoder(schema).decode(value);
  if (!result.ok) throw new Error(result.problem);
  return result.value;
}

function problem(schema: JsonSchema, value: Json): string | undefined {
  const result = compileDecoder(schema).decode(value);
  return result.ok ? undefined : result.problem;
}

describe('compileDecoder', () => {
  it('gives the same object when nothing is missing', () => {
    const value = { name: 'Ann', age: 3, address: { city: 'Basel' }, tags: [{ key: 'a', on: false }] };
    expect(decoded(PERSON, value)).toBe(value);
  });

  it('copies only along the paths that got a default', () => {
    const value = { name: 'Ann', age: 3, address: { zip: '1' }, tags: [{ key: 'a', on: false }] };
    const result = decoded(PERSON, value) as typeof value;
    expect(result).toEqual({ ...value, address: { zip: '1', city: 'Bern' } });
    expect(result.tags).toBe(value.tags);
    expect(value.address).toEqual({ zip: '1' });
  });

  it('fills in the defaults of the items that lack them', () => {
    const value = { name: 'Ann', age: 3, tags: [{ key: 'a', on: false }, { key: 'b' }] };
    const result = decoded(PERSON, value) as { tags: readonly Json[] };
    expect(result.tags).toEqual([
      { key: 'a', on: false },
      { key: 'b', on: true },
    ]);
    expect(result.tags[0]).toBe(value.tags[0]);
  });

  it('keeps null where a default exists', () => {
    expect(problem(PERSON, { name: 'Ann', age: null })).toBe('age: must be integer');
  });

  it('fills in the defaults of a nullable object, of records, of tuples and of both sides of an intersection', () => {
    const point: JsonSchema = { type: 'object', properties: { x: { type: 'number', default: 0 } } };
    expect(decoded({ anyOf: [point, { type: 'null' }] }, {})).toEqual({ x: 0 });
    expect(decoded({ anyOf: [point, { type: 'null' }] }, null)).toBeNull();
    expect(decoded({ type: 'object', additionalProperties: point }, { a: {}, b: { x: 1 } })).toEqual({
      a: { x: 0 },
      b: { x: 1 },
    });
    expect(
      decoded({ type: 'array', prefixItems: [point, point], items: { type: 'string' } }, [{}, { x: 2 }, 'c']),
    ).toEqual([{ x: 0 }, { x: 2 }, 'c']);
    const both: JsonSchema = {
      allOf: [point, { type: 'object', properties: { y: { type: 'number', default: 1 } } }],
    };
    expect(decoded(both, {})).toEqual({ x: 0, y: 1 });
  });

  it('takes the defaults of the branch that a value belongs to', () => {
    const branch = (kind: string, port: number): JsonSchema => ({
      type: 'object',
      properties: { kind: { const: kind }, port: { type: 'integer', default: port } },
      required: ['kind'],
    });
    expect(decoded({ oneOf: [branch('http', 80), branch('https', 443)] }, { kind: 'https' })).toEqual({
      kind: 'https',
      port: 443,
    });
  });

  it('fills in a field that every object inherits', () => {
    expect(decoded({ properties: { toString: { type: 'string', default: 'x' } } }, {})).toEqual({
      toString: 'x',
    });
  });

  it.each<[string, Json, string]>([
    ['a missing field', {}, 'name: is required'],
    ['a missing field of an item', { name: 'A', tags: [{ key: 'a' }, {}] }, 'tags[1].key: is required'],
    ['an unknown field', { name: 'A', nam: 1 }, 'nam: is not a known field'],
    [
      'an unknown field further down',
      { name: 'A', address: { street: 'x' } },
      'address.street: is not a known field',
    ],
    ['a wrong type', { name: 1 }, 'name: must be string'],
    ['a value of another kind', 'text', 'the value: must be object'],
    ['null', null, 'the value: must be object'],
  ])('refuses %s with its path', (_case, value, expected) => expect(problem(PERSON, value)).toBe(expected));

  it('names the values that an enum allows', () => {
    expect(problem({ properties: { mode: { enum: ['a', 'b'] } } }, { mode: 'c' })).toBe(
      'mode: must be one of ["a","b"]',
    );
  });

  it('lets other fields in where the schema says so', () => {
    expect(problem({ properties: {}, additionalProperties: true }, { extra: 1 })).toBeUndefined();
    expect(
      problem({ type: 'object', additionalProperties: { properties: { a: {} } } }, { key: { b: 1 } }),
    ).toBe('key.b: is not a known field');
  });

  it('accepts any value for a schema that only describes', () => {
    for (const value of [null, 1, 'x', [], { a: 1 }])
      expect(problem({ title: 'Any', configurable: true }, value)).toBeUndefined();
  });

  it('checks formats it knows and ignores those of forms', () => {
    expect(problem({ type: 'string', format: 'email' }, 'nobody')).toContain('email');
    expect(problem({ type: 'string', format: 'textarea' }, 'anything')).toBeUndefined();
  });

  it('refuses a schema that is none', () => {
    expect(() => compileDecoder({ type: 'nonsense' })).toThrow();
  });
});

describe('An integer beyond 2^53', () => {
  const BIG = 9007199254740993n;

  it.each<[JsonSchema, Json]>([
    [{ type: 'integer' }, BIG],
    [{ type: 'number' }, -BIG],
    [{ type: ['string', 'integer'] }, BIG],
    [{}, BIG],
    [{ type: 'object', properties: { id: { type: 'integer', minimum: 0 } } }, { id: BIG }],
    [{ type: 'array', items: { type: 'integer' } }, [1, BIG]],
    [{ anyOf: [{ type: 'string' }, { type: 'integer' }] }, BIG],
    [{ minimum: 1 }, BIG],
    [{ multipleOf: 2 }, BIG - 1n],
    [{ maximum: 2n ** 70n }, BIG],
  ])('fits %j', (schema, value) => {
    expect(compileDecoder(schema).decode(value)).toEqual({ ok: true, value });
  });

  it('comes through by reference beside a default', () => {
    const schema: JsonSchema = {
      type: 'object',
      properties: { id: { type: 'integer' }, n: { default: BIG } },
    };

    expect(decoded(schema, { id: BIG })).toEqual({ id: BIG, n: BIG });
  });

  it.each<[JsonSchema, Json, string]>([
    [{ type: 'string' }, BIG, 'the value: must be string'],
    [{ type: 'integer', maximum: 9007199254740991 }, BIG, 'the value: must be <= 9007199254740991'],
    [{ maximum: 100 }, BIG, 'the value: must be <= 100'],
    [{ properties: { id: { minimum: 0 } } }, { id: -BIG }, 'id: must be >= 0'],
    [{ not: { type: 'integer' } }, BIG, 'the value: must NOT be valid'],
    [{ properties: { id: { type: 'integer' } }, required: ['x'] }, { id: BIG }, 'x: is required'],
  ])('does not fit %j', (schema, value, expected) => {
    expect(problem(schema, value)).toBe(expected);
  });

  it('in data that nests too deeply is refused like any other', () => {
    let value: Json = BIG;
    for (let level = 0; level < 100_000; level += 1) value = [value];

    expect(problem({ type: 'string' }, value)).toBe('the value: must be string');
  });
});
