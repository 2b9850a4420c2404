import { CompiledSchema } from '../../src/schema/compiled-schema.ts';
import type { Schema } from '../../src/schema/schema.ts';

function compile(spec: Schema): CompiledSchema {
  return new CompiledSchema({ type: 'object', properties: { spec } });
}

function thing(spec: any): any {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' }, spec };
}

function problems(spec: Schema, value: unknown, old?: unknown): string[] {
  const context = { old: old === undefined ? undefined : thing(old), earlier: [] };
  return compile(spec)
    .validate(thing(value), context)
    .map(({ field, message }) => `${field}: ${message}`);
}

describe('CompiledSchema', () => {
  it('prunes what is not declared, in lists and maps too', () => {
    const schema = compile({
      type: 'object',
      properties: {
        list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
        map: {
          type: 'object',
          additionalProperties: { type: 'object', properties: { a: { type: 'string' } } },
        },
        open: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { a: { type: 'object' } },
        },
      },
    });
    const { value, unknown } = schema.prune(
      thing({ list: [{ a: 'x', b: 1 }], map: { k: { b: 1 } }, open: { z: { y: 1 }, a: { x: 1 } }, other: 1 }),
    );
    expect(value['spec']).toEqual({ list: [{ a: 'x' }], map: { k: {} }, open: { z: { y: 1 }, a: {} } });
    expect(unknown).toEqual(['spec.list[0].b', 'spec.map.k.b', 'spec.open.a.x', 'spec.other']);
  });

  it('returns the same object when there is nothing to prune and nothing to fill in', () => {
    const schema = compile({ type: 'object', properties: { a: { type: 'string', default: 'x' } } });
    const object = thing({ a: 'y' });
    expect(schema.prune(object).value).toBe(object);
    expect(schema.applyDefaults(object)).toBe(object);
  });

  it('fills in nested defaults only where their parent is there', () => {
    const inner: Schema = { type: 'object', properties: { a: { type: 'integer', default: 1 } } };
    const schema = compile({
      type: 'object',
      properties: { absent: inner, given: { ...inner, default: {} } },
    });
    expect(schema.applyDefaults(thing({}))['spec']).toEqual({ given: { a: 1 } });
  });

  it('does not judge again what has not changed', () => {
    const spec: Schema = {
      type: 'object',
      properties: {
        a: { type: 'integer', maximum: 5 },
        b: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 3' }] },
      },
    };
    expect(problems(spec, { a: 9, b: 1 })).toHaveLength(2);
    expect(problems(spec, { a: 9, b: 1, c: 1 }, { a: 9, b: 1 })).toEqual([]);
    expect(problems(spec, { a: 8, b: 1 }, { a: 9, b: 1 })).toHaveLength(1);
  });

  it('runs transition rules in keyed lists on the item with the same key', () => {
    const item: Schema = {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string' },
        size: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >= oldSelf' }] },
      },
    };
    const spec: Schema = {
      type: 'object',
      properties: {
        list: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: item,
        },
      },
    };
    const old = {
      list: [
        { name: 'a', size: 5 },
        { name: 'b', size: 1 },
      ],
    };
    expect(
      problems(
        spec,
        {
          list: [
            { name: 'b', size: 2 },
            { name: 'a', size: 4 },
          ],
        },
        old,
      ),
    ).toEqual(['spec.list[1].size: Invalid value: 4: failed rule: self >= oldSelf']);
  });

  it('reports a rule that fails to run', () => {
    const spec: Schema = {
      type: 'object',
      properties: { a: { type: 'integer' } },
      'x-kubernetes-validations': [{ rule: 'self.a > 1' }],
    };
    expect(problems(spec, {})).toEqual(['spec: Invalid value: no such key: a evaluating rule: self.a > 1']);
  });

  it.each<[string, Schema, unknown, string[]]>([
    [
      'a step',
      { type: 'integer', multipleOf: 5 },
      7,
      ['spec: Invalid value: 7: spec in body should be a multiple of 5'],
    ],
    [
      'an open bound',
      { type: 'number', minimum: 1, exclusiveMinimum: true },
      1,
      ['spec: Invalid value: 1: spec in body should be greater than 1'],
    ],
    [
      'a short string',
      { type: 'string', minLength: 2 },
      'a',
      ['spec: Invalid value: "a": spec in body should be at least 2 chars long'],
    ],
    [
      'a short list',
      { type: 'array', items: { type: 'string' }, minItems: 1 },
      [],
      ['spec: Invalid value: 0: spec in body should have at least 1 items'],
    ],
    [
      'none of the choices',
      { type: 'integer', anyOf: [{ minimum: 5 }, { maximum: 1 }] },
      3,
      [
        '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
        'spec: Invalid value: 3: spec in body should be greater than or equal to 5',
      ],
    ],
    [
      'two of one',
      { type: 'integer', oneOf: [{ minimum: 1 }, { minimum: 2 }] },
      3,
      [
        '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ],
    ],
    [
      'a number too large for its format',
      { type: 'integer', format: 'int32' },
      2 ** 31,
      ['spec: Invalid value: 2147483648: spec in body must be of type int32: 2147483648'],
    ],
  ])('refuses %s', (_what, spec, value, expected) => {
    expect(problems(spec, value)).toEqual(expected);
  });
});
