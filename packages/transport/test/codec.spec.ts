import { type Json, type Passed } from '@tinysystems/core';
import {
  MAX_NESTING,
  NO_TEXT,
  decodeJson,
  decodePassed,
  decodeReply,
  encodeJson,
  encodePassed,
  encodeReply,
  jsonText,
} from '../src/codec.ts';

const passed = (...names: readonly string[]) =>
  names.reduceRight<Passed | undefined>((before, node) => ({ node, before }), undefined) as Passed;

const errorOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

describe('the codec', () => {
  it.each([[null], [0], [''], [false], [{ ü: ['x', { y: 1 }] }], [{ id: 9007199254740993n }]])(
    'carries %p',
    (value) => {
      expect(
        decodeJson(
          encodeJson(value, () => 'it'),
          () => 'it',
        ),
      ).toEqual(value);
      expect(
        decodeReply(
          encodeReply(value, () => 'it'),
          () => 'it',
        ),
      ).toEqual(value);
    },
  );

  it('tells no reply from null', () => {
    expect(
      decodeReply(
        encodeReply(undefined, () => 'it'),
        () => 'it',
      ),
    ).toBeUndefined();
  });

  const what = () => 'it';
  const nested = (levels: number) => `${'[{"a":'.repeat(levels / 2)}0${'}]'.repeat(levels / 2)}`;
  const decode = (levels: number) => decodeJson(jsonText(nested(levels)), what);

  it('carries what is nested 1000 levels deep, and refuses what is deeper, both ways', () => {
    expect(encodeJson(decode(MAX_NESTING), what).text).toBe(nested(MAX_NESTING));
    const tooDeep = { kind: 'Permanent', code: 'MESSAGE_INVALID' };
    expect(errorOf(() => decode(MAX_NESTING + 2))).toMatchObject(tooDeep);
    expect(errorOf(() => decode(200_000))).toMatchObject(tooDeep);
    const later = jsonText(`["${'x'.repeat(10_000)}",${nested(MAX_NESTING)}]`);
    expect(errorOf(() => decodeJson(later, what))).toMatchObject(tooDeep);
    const brackets = '[\\"{'.repeat(5_000);
    expect(decodeJson(encodeJson([brackets, brackets], what), what)).toEqual([brackets, brackets]);
    const deepest = JSON.parse(nested(200_000)) as Json;
    expect(errorOf(() => encodeJson(deepest, what))).toMatchObject(tooDeep);
  });

  it('refuses to write what no JSON can say', () => {
    const ring: Record<string, unknown> = {};
    ring['self'] = ring;
    expect(errorOf(() => encodeJson(ring as Json, what))).toMatchObject({ code: 'MESSAGE_INVALID' });
  });

  it('refuses what is not JSON', () => {
    expect(() => decodeJson(jsonText('{'), () => 'the payload')).toThrow(
      expect.objectContaining({ code: 'MESSAGE_INVALID', message: 'the payload is not JSON' }),
    );
    expect(() => decodeJson(NO_TEXT, () => 'the payload')).toThrow(
      expect.objectContaining({ code: 'MESSAGE_INVALID' }),
    );
  });

  it('has one size limit for both directions, 4 MiB', () => {
    const limit = 4 * 1024 * 1024;
    const largest = 'x'.repeat(limit - 2);
    expect(encodeJson(largest, () => 'it').bytes).toBe(limit);
    expect(() => encodeJson(`${largest}x`, () => 'it')).toThrow(
      expect.objectContaining({ kind: 'Permanent', code: 'MESSAGE_TOO_LARGE' }),
    );
    expect(() => decodeJson(jsonText(' '.repeat(limit + 1)), () => 'it')).toThrow(
      expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }),
    );
  });

  it('carries the nodes of a chain, newest first, each once, and not without end', () => {
    expect(decodePassed(encodePassed(passed('a', 'b', 'a', 'c')))).toEqual(passed('a', 'b', 'c'));
    const many = passed(...Array.from({ length: 100 }, (_, index) => `${'n'.repeat(100)}${index}`));
    const header = encodePassed(many);
    expect(header.length).toBeLessThanOrEqual(4096);
    expect(decodePassed(header)?.node).toBe(many.node);
    expect(header.split(',').every((name) => /^n{100}\d+$/.test(name))).toBe(true);
    expect(decodePassed('')).toBeUndefined();
  });
});
