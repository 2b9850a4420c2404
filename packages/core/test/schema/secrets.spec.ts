import { type JsonSchema, compileDecoder, secretTexts, withSecretReferences } from '@tinysystems/core';

const REFERENCE = { secretKeyRef: { name: 'db', key: 'dsn' } };

describe('settings with secret fields', () => {
  const schema = withSecretReferences({
    type: 'object',
    properties: {
      token: { type: 'string', minLength: 3, title: 'Token', secret: true },
      type: { type: 'object', properties: { code: { type: 'integer', secret: true } } },
      list: { type: 'array', items: { type: 'string', secret: true } },
      others: { type: 'object', additionalProperties: { type: 'string', format: 'password' } },
      name: { type: 'string' },
      any: { secret: true },
    },
  });
  const accepts = (settings: object) => compileDecoder(schema).decode(settings as never).ok;

  it('take a value or a reference in each of them, at any depth', () => {
    expect(accepts({ token: 'abc', type: { code: 1 }, list: ['a'], others: { x: 'y' } })).toBe(true);
    expect(
      accepts({
        token: REFERENCE,
        type: { code: REFERENCE },
        list: [REFERENCE],
        others: { x: REFERENCE },
        any: REFERENCE,
      }),
    ).toBe(true);
  });

  it('refuse a reference elsewhere, half a reference, and a value that breaks the own rules', () => {
    expect(accepts({ name: REFERENCE })).toBe(false);
    expect(accepts({ token: { secretKeyRef: { name: 'db' } } })).toBe(false);
    expect(accepts({ token: { secretKeyRef: { name: 'db', key: 'k', value: 'x' } } })).toBe(false);
    expect(accepts({ token: { ...REFERENCE, value: 'x' } })).toBe(false);
    expect(accepts({ token: 'ab' })).toBe(false);
  });

  it('keep what is said of the field beside both forms', () => {
    expect(schema.properties?.['token']).toMatchObject({ title: 'Token', secret: true });
  });

  it('leave a schema without secrets as it is', () => {
    const plain: JsonSchema = { properties: { secret: { type: 'string' } } };
    expect(withSecretReferences(plain)).toBe(plain);
  });
});

describe('the secret texts of a value', () => {
  it('are those of all secret fields, numbers too, without references', () => {
    const schema: JsonSchema = {
      properties: {
        a: { secret: true },
        b: { items: { secret: true } },
        c: { additionalProperties: { properties: { pin: { secret: true }, id: {} } } },
        d: { secret: true },
        e: {},
      },
    };
    const value = {
      a: { user: 'u', keys: ['k'] },
      b: ['x', REFERENCE],
      c: { one: { pin: 1234, id: 5 } },
      d: null,
      e: 'shown',
    };
    expect(secretTexts(value, schema)).toEqual(['u', 'k', 'x', '1234']);
  });
});
