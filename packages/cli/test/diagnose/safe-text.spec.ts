import { safeJson, safeText } from '../../src/diagnose/safe-text.ts';

describe('safeText', () => {
  it('shows what a terminal would act on, and leaves other text alone', () => {
    expect(safeText('a\u001b[31mred\u0007\r\n\u009b2J\u007f')).toBe(
      String.raw`a\u001b[31mred\u0007\u000d\u000a\u009b2J\u007f`,
    );
    expect(safeText('left \u202eright\u2066')).toBe(String.raw`left \u202eright\u2066`);
    expect(safeText('Grüße, 世界 😀 → ✓')).toBe('Grüße, 世界 😀 → ✓');
  });
});

describe('safeJson', () => {
  it('is JSON of the same value, without what a terminal would act on', () => {
    const value = { text: 'a\u009b31m\u001b\n"b"', list: [1] };
    const text = safeJson(value, 2);
    expect(JSON.parse(text)).toEqual(value);
    expect(text.split('\n').every((line) => safeText(line) === line)).toBe(true);
  });
});
