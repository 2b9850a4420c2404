import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { SpanRecord } from '@tinysystems/core';
import { FakeClock } from '@tinysystems/core/testing';
import { SpanExport } from '../../src/telemetry/span-export.ts';

type Answer = Parameters<SpanExporter['export']>[1];

const ORIGIN = {
  resource: resourceFromAttributes({}),
  instrumentationScope: { name: 'test', version: '1.0.0' },
};
const span = (draft: Partial<SpanRecord> = {}): SpanRecord => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: 'c'.repeat(16),
  kind: 'message',
  name: 'echo in',
  startMs: 1_700_000_000_123.5,
  durationMs: 1.25,
  attributes: { to: 'a:in' },
  error: undefined,
  ...draft,
});

/** A collector that a test answers for. */
class World implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly batches: (readonly ReadableSpan[])[] = [];
  readonly answers: Answer[] = [];
  readonly warnings: string[] = [];
  readonly spanExport: SpanExport;

  constructor(maxSpans?: number) {
    const ignore = () => undefined;
    this.spanExport = new SpanExport({
      exporter: {
        export: (spans, answer) => {
          this.batches.push(spans);
          this.answers.push(answer);
        },
        shutdown: () => Promise.resolve(),
      },
      origin: ORIGIN,
      clock: this.clock,
      log: {
        debug: ignore,
        info: ignore,
        error: ignore,
        warn: (_fields, text) => void this.warnings.push(text),
      },
      ...(maxSpans !== undefined && { maxSpans }),
    });
  }

  /** The collector answers the batch that waits. */
  async answer(error?: Error): Promise<void> {
    this.answers.shift()?.(error === undefined ? { code: 0 } : { code: 1, error });
    await this.clock.advance(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const disposed = this.spanExport[Symbol.asyncDispose]();
    await this.clock.advance(10_000);
    await disposed;
  }
}

describe('the export of spans', () => {
  it('sends them in batches as OpenTelemetry spans, one after the other', async () => {
    await using world = new World();
    const error = { kind: 'Timeout', code: 'DEADLINE_EXCEEDED', message: 'late' } as const;
    world.spanExport.add(span({ error }));
    for (let n = 0; n < 200; n += 1) world.spanExport.add(span());
    await world.clock.advance(1000);
    expect(world.batches.map(({ length }) => length)).toEqual([107]); // 64 KiB
    const [first] = world.batches[0] ?? [];
    expect(first).toMatchObject({
      name: 'echo in',
      startTime: [1_700_000_000, 123_500_000],
      duration: [0, 1_250_000],
      status: { code: 2, message: 'late' },
      attributes: { to: 'a:in', 'tiny.error.code': 'DEADLINE_EXCEEDED', 'tiny.error.kind': 'Timeout' },
    });
    expect(first?.spanContext()).toEqual({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 });
    for (let n = 0; n < 4; n += 1) await world.answer();
    expect(world.batches.flat()).toHaveLength(201);
    expect([world.spanExport.waiting, world.spanExport.dropped]).toEqual([0, 0]);
  });

  it('drops and counts what finds the queue full, while the collector is silent', async () => {
    await using world = new World(100);
    for (let n = 0; n < 150; n += 1) world.spanExport.add(span());
    expect([world.spanExport.waiting, world.spanExport.dropped]).toEqual([100, 50]);
    const large = span({ attributes: { data: 'x'.repeat(5_000_000) } });
    await using other = new World();
    other.spanExport.add(large);
    expect([other.spanExport.waiting, other.spanExport.dropped]).toEqual([0, 1]);
  });

  it('drops a batch that the collector refuses or does not answer, says so once a minute, and goes on', async () => {
    await using world = new World();
    world.spanExport.add(span());
    await world.clock.advance(1000);
    await world.answer(new Error('no'));
    world.spanExport.add(span());
    await world.clock.advance(1000);
    await world.clock.advance(10_000); // not answered
    expect(world.spanExport.dropped).toBe(2);
    expect(world.warnings).toEqual(['the collector takes no spans: they are dropped, messages go on']);
    world.answers.length = 0;
    world.spanExport.add(span());
    await world.clock.advance(1000);
    await world.answer();
    expect([world.batches.length, world.spanExport.dropped]).toEqual([3, 2]);
  });

  it('ends within 5 s of a collector that hangs, and says what is lost', async () => {
    const world = new World();
    for (let n = 0; n < 3; n += 1) world.spanExport.add(span());
    const disposed = world.spanExport[Symbol.asyncDispose]();
    await world.clock.advance(5000);
    await disposed;
    expect(world.warnings).toEqual(['the last spans could not be sent']);
  });
});
