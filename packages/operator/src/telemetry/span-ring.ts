import type { RingState, SpanRecord, TraceSummary } from '@tinysystems/core';

/** How many spans a replica remembers, and how many bytes of them, whichever is less. */
export const MAX_RING_SPANS = 10_000;
export const MAX_RING_BYTES = 32 * 1024 * 1024;

/** The latest spans of this replica; older ones make room. */
export class SpanRing {
  readonly #maxSpans: number;
  readonly #maxBytes: number;
  readonly #spans: (SpanRecord | undefined)[];
  /** Where the oldest one is. */
  #first = 0;
  #count = 0;
  #bytes = 0;
  #overwritten = 0;

  constructor({ maxSpans = MAX_RING_SPANS, maxBytes = MAX_RING_BYTES } = {}) {
    this.#maxSpans = maxSpans;
    this.#maxBytes = maxBytes;
    this.#spans = new Array<SpanRecord | undefined>(maxSpans);
  }

  /** What it holds now. */
  get state(): RingState {
    return { spans: this.#count, overwritten: this.#overwritten };
  }

  /** How many it holds. */
  get count(): number {
    return this.#count;
  }

  /** What those take, bytes; an estimate that is rather too high. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many have made room. */
  get overwritten(): number {
    return this.#overwritten;
  }

  readonly add = (span: SpanRecord): void => {
    const bytes = bytesOf(span);
    while (this.#count > 0 && (this.#count === this.#maxSpans || this.#bytes + bytes > this.#maxBytes))
      this.#forgetOldest();
    this.#spans[(this.#first + this.#count) % this.#maxSpans] = span;
    this.#count += 1;
    this.#bytes += bytes;
  };

  /** The spans whose trace id starts with `idStart`, in the order in which they ended. */
  spansOf(idStart: string): readonly SpanRecord[] {
    return [...this.#oldestFirst()].filter(({ traceId }) => traceId.startsWith(idStart));
  }

  /** The traces of which a span ended last, newest first. */
  latest(limit: number): readonly TraceSummary[] {
    const traces = new Map<string, SpanRecord[]>();
    for (const span of this.#newestFirst()) {
      const known = traces.get(span.traceId);
      if (known !== undefined) known.push(span);
      else if (traces.size < limit) traces.set(span.traceId, [span]);
    }
    return [...traces.values()].map(summaryOf);
  }

  *#oldestFirst(): Generator<SpanRecord> {
    for (let index = 0; index < this.#count; index += 1) yield this.#at(index);
  }

  *#newestFirst(): Generator<SpanRecord> {
    for (let index = this.#count - 1; index >= 0; index -= 1) yield this.#at(index);
  }

  #at(index: number): SpanRecord {
    return this.#spans[(this.#first + index) % this.#maxSpans] as SpanRecord;
  }

  #forgetOldest(): void {
    this.#bytes -= bytesOf(this.#at(0));
    this.#spans[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#maxSpans;
    this.#count -= 1;
    this.#overwritten += 1;
  }
}

function summaryOf(spans: readonly SpanRecord[]): TraceSummary {
  const first = spans.reduce((a, b) => (b.startMs < a.startMs ? b : a));
  const endMs = Math.max(...spans.map(({ startMs, durationMs }) => startMs + durationMs));
  return {
    traceId: first.traceId,
    name: first.name,
    startMs: first.startMs,
    durationMs: endMs - first.startMs,
    spans: spans.length,
    error: spans.find(({ error }) => error !== undefined)?.error?.code,
  };
}

/** What a span takes beside its texts: the objects, and the names that spans share. */
const PLAIN_SPAN_BYTES = 600;

/** Two bytes a character, which is what text takes that is not Latin. */
export function bytesOf({ attributes, error }: SpanRecord): number {
  let chars = error?.message.length ?? 0;
  for (const key in attributes) {
    const value = attributes[key];
    if (typeof value === 'string') chars += value.length;
  }
  return PLAIN_SPAN_BYTES + 2 * chars;
}
