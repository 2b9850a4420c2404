import { formatTraceparent, parseTraceparent } from '@tinysystems/core';

describe('a traceparent', () => {
  it('is read as it was written', () => {
    const trace = { traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), traceFlags: 1 };
    expect(formatTraceparent(trace)).toBe(`00-${trace.traceId}-${trace.spanId}-01`);
    expect(parseTraceparent(formatTraceparent(trace))).toEqual(trace);
    expect(parseTraceparent(`cc-${trace.traceId}-${trace.spanId}-01-what-comes-later`)).toEqual(trace);
  });

  it.each([
    '',
    '00-x-y-01',
    `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
    `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
    `00-${'1'.repeat(32)}-${'0'.repeat(16)}-01`,
  ])('is none as %j', (header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });
});
