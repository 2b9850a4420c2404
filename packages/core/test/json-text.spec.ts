import { type Json, isJsonEqual, parseJson, redact, stringifyJson } from '@tinysystems/core';

const BIG = 9007199254740993n;

describe('parseJson and stringifyJson', () => {
  it.each([
    'null',
    '[0,-1,1.5,1e+21,"x",true]',
    '{"a":{"__proto__":{"b":1},"constructor":2}}',
    '9007199254740991',
    '[9007199254740993,-9007199254740993]',
    '{"id":12345678901234567890123,"text":"1234567890123456789","ms":1700000000000}',
    '{"__proto__":{"id":9007199254740993}}',
  ])('carry %s digit by digit', (text) => {
    expect(stringifyJson(parseJson(text))).toBe(text);
  });

  it.each<[string, Json]>([
    ['9007199254740993', BIG],
    ['-9007199254740993', -BIG],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['[1,{"a":9007199254740993}]', [1, { a: BIG }]],
    ['0.12345678901234567', 0.12345678901234566],
    ['1234567890123456789e0', 1234567890123456800],
    ['1234567890123456', 1234567890123456],
    ['"9007199254740993"', '9007199254740993'],
  ])('reads %s', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  it('keep a key __proto__ next to a long number a key like any other', () => {
    const value = parseJson('{"__proto__":{"polluted":9007199254740993}}') as object;

    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.getPrototypeOf(JSON.parse('{}')));
  });

  it('refuse an integer of more than a thousand digits, and what is not JSON', () => {
    expect(() => parseJson('9'.repeat(1001))).toThrow('an integer has 1001 digits; at most 1000 are read');
    expect(() => parseJson('{"a":')).toThrow('JSON');
    expect(() => parseJson('9007199254740993x')).toThrow('JSON');
  });

  it('say what cannot be written', () => {
    const cycle: Record<string, Json> = { id: BIG };
    cycle['self'] = cycle;

    expect(() => stringifyJson(cycle)).toThrow('circular');
  });

  it('know equal integers', () => {
    expect(isJsonEqual({ id: BIG }, parseJson('{"id":9007199254740993}'))).toBe(true);
    expect(isJsonEqual({ id: BIG }, { id: BIG + 1n })).toBe(false);
  });

  it('survive redaction', () => {
    const shown = redact(
      { id: BIG, token: 'x', pin: BIG },
      { properties: { id: {}, token: {}, pin: { secret: true } } },
    );

    expect(stringifyJson(shown)).toBe('{"id":9007199254740993,"token":"••••••","pin":"••••••"}');
  });
});
