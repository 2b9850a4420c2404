import { CUT_MARK, type Json, MAX_EXCERPT_BYTES, REDACTED, excerptOf } from '@tinysystems/core';

const bytes = (text: string) => new TextEncoder().encode(text).length;

describe('excerptOf', () => {
  it('is the JSON of a value, redacted by its schema', () => {
    const schema = { properties: { pin: { secret: true }, n: {} } };
    expect(excerptOf({ pin: 1, n: [1, null, 'a'] }, schema)).toBe(`{"pin":"${REDACTED}","n":[1,null,"a"]}`);
    expect(excerptOf(2n ** 60n)).toBe('1152921504606846976');
  });

  it.each<[string, Json]>([
    ['a long text', 'x'.repeat(1_000_000)],
    ['a long text of several bytes a character', '€😀'.repeat(100_000)],
    ['many small items', Array.from({ length: 100_000 }, (_, n) => n)],
    ['many fields', Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`key${n}`, true]))],
  ])('cuts %s after 16 KiB, and says so', (_what, value) => {
    const text = excerptOf(value);
    expect(text.endsWith(CUT_MARK)).toBe(true);
    const kept = text.slice(0, -CUT_MARK.length);
    expect(bytes(kept)).toBeLessThanOrEqual(MAX_EXCERPT_BYTES);
    expect(bytes(kept)).toBeGreaterThan(MAX_EXCERPT_BYTES - 8);
    expect(JSON.stringify(value).startsWith(kept)).toBe(true);
  });

  it('leaves a text of exactly 16 KiB whole', () => {
    const text = excerptOf('x'.repeat(MAX_EXCERPT_BYTES - 2));
    expect([bytes(text), text.endsWith('"')]).toEqual([MAX_EXCERPT_BYTES, true]);
  });

  it('does not look at what it cuts off', () => {
    let reads = 0;
    const item = {};
    Object.defineProperty(item, 'text', { enumerable: true, get: () => ((reads += 1), 'x'.repeat(1000)) });
    excerptOf(Array.from({ length: 10_000 }, () => item as Json));
    expect(reads).toBeLessThan(100);
  });

  it('hides what is secret also where it cuts', () => {
    const headers = Array.from({ length: 5000 }, () => ({ value: 'canary', key: 'Authorization' }));
    expect(excerptOf({ headers })).not.toContain('canary');
  });
});
