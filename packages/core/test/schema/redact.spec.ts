import { type JsonSchema, REDACTED, redact } from '@tinysystems/core';

describe('redact', () => {
  it('hides what the schema marks, at any depth', () => {
    const schema: JsonSchema = {
      properties: {
        dsn: { type: 'string', secret: true },
        pin: { type: 'integer', writeOnly: true },
        list: { items: { properties: { key: { format: 'password' }, note: {} } } },
        byName: { additionalProperties: { properties: { code: { secret: true }, id: {} } } },
      },
    };
    const value = { dsn: 'x', pin: 1, list: [{ key: 'k', note: 'n' }], byName: { a: { code: 'c', id: 1 } } };
    expect(redact(value, schema)).toEqual({
      dsn: REDACTED,
      pin: REDACTED,
      list: [{ key: REDACTED, note: 'n' }],
      byName: { a: { code: REDACTED, id: 1 } },
    });
  });

  it('hides what any branch of a union marks', () => {
    const schema: JsonSchema = {
      properties: { dsn: { anyOf: [{ type: 'string', secret: true }, { type: 'null' }] } },
    };
    expect(redact({ dsn: 'x' }, schema)).toEqual({ dsn: REDACTED });
    expect(redact({ dsn: null }, schema)).toEqual({ dsn: null });
  });

  it('hides texts whose name says credential, also in lists of headers', () => {
    const value = {
      apiKey: 'a',
      password: '',
      tokens: 12,
      token: ['a', 'b'],
      headers: [
        { key: 'Authorization', value: 'Bearer x' },
        { key: 'Accept', value: '*' },
      ],
    };
    expect(redact(value)).toEqual({
      apiKey: REDACTED,
      password: '',
      tokens: 12,
      token: REDACTED,
      headers: [
        { key: 'Authorization', value: REDACTED },
        { key: 'Accept', value: '*' },
      ],
    });
  });

  it('shows where a secret is kept', () => {
    const reference = { secretKeyRef: { name: 'db', key: 'dsn' } };
    expect(redact({ dsn: reference }, { properties: { dsn: { secret: true } } })).toEqual({ dsn: reference });
  });

  it('hides what only looks like a place where a secret is kept', () => {
    const schema: JsonSchema = { properties: { dsn: { secret: true } } };
    for (const dsn of [
      { secretKeyRef: { name: 'db', key: 'dsn', value: 'x' } },
      { secretKeyRef: { name: 'db', key: 'dsn' }, value: 'x' },
      { secretKeyRef: { name: 'db', key: ['x'] } },
      { secretKeyRef: 'x' },
    ])
      expect(redact({ dsn }, schema)).toEqual({ dsn: REDACTED });
  });

  it('hides what a recursive schema marks, at any depth', () => {
    const schema: JsonSchema = {
      properties: { tree: { $ref: '#/$defs/node' } },
      $defs: {
        node: {
          properties: { code: { secret: true }, nodes: { type: 'array', items: { $ref: '#/$defs/node' } } },
        },
      },
    };
    expect(redact({ tree: { code: 'x', nodes: [{ nodes: [{ code: 'y' }] }] } }, schema)).toEqual({
      tree: { code: REDACTED, nodes: [{ nodes: [{ code: REDACTED }] }] },
    });
    expect(redact({ a: 1 }, { $ref: '#' })).toEqual({ a: 1 });
  });

  it('hides what a pattern, a condition or a tuple marks', () => {
    const schema: JsonSchema = {
      patternProperties: { '^x-': { secret: true } },
      if: { required: ['kind'] },
      then: { properties: { code: { secret: true } }, additionalProperties: true },
      properties: { pair: { prefixItems: [{ type: 'string' }, { secret: true }] }, kind: {} },
    };
    expect(redact({ 'x-a': 'x', kind: 'k', code: 'y', pair: ['a', 'z'] }, schema)).toEqual({
      'x-a': REDACTED,
      kind: 'k',
      code: REDACTED,
      pair: ['a', REDACTED],
    });
  });

  it('hides what does not fit where secrets are: another type, and fields that are not declared', () => {
    const schema: JsonSchema = {
      properties: { nested: { properties: { code: { secret: true } } }, other: { properties: {} } },
    };
    expect(redact({ nested: 'x', codee: 'y', other: { free: 1 } }, schema)).toEqual({
      nested: REDACTED,
      codee: REDACTED,
      other: { free: 1 },
    });
    expect(redact({ nested: { cod: 'x' } }, schema)).toEqual({ nested: { cod: REDACTED } });
  });

  it('changes nothing in its argument', () => {
    const value = Object.freeze({ token: 'x' });
    expect(redact(value)).toEqual({ token: REDACTED });
    expect(value.token).toBe('x');
  });
});
