import type { SpanRecord } from '@tinysystems/core';
import { SpanRing, bytesOf } from '../../src/telemetry/span-ring.ts';

function span(traceId: string, draft: Partial<SpanRecord> = {}): SpanRecord {
  return {
    traceId,
    spanId: 'b'.repeat(16),
    parentSpanId: undefined,
    kind: 'message',
    name: 'echo in',
    startMs: 1000,
    durationMs: 1,
    attributes: {},
    error: undefined,
    ...draft,
  };
}

describe('the ring of spans', () => {
  it('holds so many, and the older ones make room', () => {
    const ring = new SpanRing({ maxSpans: 3 });
    for (let n = 0; n < 5; n += 1) ring.add(span(`t${n}`));
    expect([ring.count, ring.overwritten]).toEqual([3, 2]);
    expect(ring.latest(10).map(({ traceId }) => traceId)).toEqual(['t4', 't3', 't2']);
    expect([ring.spansOf('t1'), ring.spansOf('t3').length]).toEqual([[], 1]);
  });

  it('holds so many bytes', () => {
    const large = span('large', { attributes: { 'tiny.message.data': 'x'.repeat(16 * 1024) } });
    const ring = new SpanRing({ maxSpans: 100, maxBytes: 4 * bytesOf(large) });
    for (let n = 0; n < 10; n += 1) ring.add(large);
    expect([ring.count, ring.overwritten]).toEqual([4, 6]);
    expect(ring.bytes).toBe(4 * bytesOf(large));
    ring.add(span('small'));
    expect(ring.count).toBe(4);
  });

  it('holds 10,000 spans and 32 MiB unless it is told otherwise', () => {
    const [many, large] = [new SpanRing(), new SpanRing()];
    const payload = 'x'.repeat(16 * 1024);
    for (let n = 0; n < 10_001; n += 1) {
      many.add(span('small'));
      large.add(span('large', { attributes: { 'tiny.message.data': payload } }));
    }
    expect([many.count, many.overwritten]).toEqual([10_000, 1]);
    expect(large.bytes).toBeLessThanOrEqual(32 * 1024 * 1024);
    expect(large.bytes).toBeGreaterThan(31 * 1024 * 1024);
  });

  it('finds a trace by the start of its id', () => {
    const ring = new SpanRing();
    ring.add(span('abcd'));
    ring.add(span('abff'));
    expect(ring.spansOf('abc')).toHaveLength(1);
    expect(ring.spansOf('ab')).toHaveLength(2);
  });

  it('sums a trace up: its first span names it, its last one ends it', () => {
    const ring = new SpanRing();
    const error = { kind: 'Permanent', code: 'mine.BAD', message: 'bad' } as const;
    ring.add(span('t', { name: 'late', startMs: 2000, durationMs: 500, error }));
    ring.add(span('t', { name: 'first', startMs: 1000, durationMs: 1200 }));
    expect(ring.latest(1)).toEqual([
      { traceId: 't', name: 'first', startMs: 1000, durationMs: 1500, spans: 2, error: 'mine.BAD' },
    ]);
  });
});
