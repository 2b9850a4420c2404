import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { type Clock, type Log, type SpanRecord, sleep } from '@tinysystems/core';
import { type SpanOrigin, readableSpan } from './readable-span.ts';
import { bytesOf } from './span-ring.ts';

/** How many spans wait for the collector, and how many bytes of them, whichever is less; the newest are dropped. */
export const MAX_QUEUE_SPANS = 2048;
export const MAX_QUEUE_BYTES = 8 * 1024 * 1024;
/** A batch is written in one turn of the event loop: small, so that messages do not feel it. */
const MAX_BATCH_SPANS = 128;
const MAX_BATCH_BYTES = 64 * 1024;
/** How long spans wait for company, milliseconds. */
const BATCH_DELAY_MS = 1000;
/** How long a collector may take for a batch; one that cannot be sent by then is dropped. Milliseconds. */
const BATCH_TIMEOUT_MS = 10_000;
/** How long a stop waits for the collector, milliseconds. */
const SHUTDOWN_TIMEOUT_MS = 5000;
/** How often the log says that spans are lost, milliseconds. */
const REPORT_EVERY_MS = 60_000;

/** What an export works with. */
export interface SpanExportOptions {
  readonly exporter: SpanExporter;
  readonly origin: SpanOrigin;
  readonly clock: Clock;
  readonly log: Log | undefined;
  readonly maxSpans?: number;
}

/** Sends spans to a collector, one batch at a time. Nobody ever waits for it: what finds the queue full is dropped. */
export class SpanExport implements AsyncDisposable {
  readonly #options: SpanExportOptions;
  readonly #maxSpans: number;
  #queue: SpanRecord[] = [];
  #bytes = 0;
  #dropped = 0;
  #isSending = false;
  #takeBack: (() => void) | undefined;
  #sent: Promise<void> = Promise.resolve();
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: SpanExportOptions) {
    this.#options = options;
    this.#maxSpans = options.maxSpans ?? MAX_QUEUE_SPANS;
  }

  /** How many spans wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** How many were lost: the queue was full, or the collector did not take them. */
  get dropped(): number {
    return this.#dropped;
  }

  readonly add = (span: SpanRecord): void => {
    const bytes = bytesOf(span);
    if (this.#queue.length >= this.#maxSpans || this.#bytes + bytes > MAX_QUEUE_BYTES) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push(span);
    this.#bytes += bytes;
    this.#takeBack ??= this.#options.clock.after(BATCH_DELAY_MS, () => this.#wake());
  };

  /** Sends what is left, for 5 s at most. A process whose collector is away has stopped in order all the same. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#takeBack?.();
    const { clock, exporter, log } = this.#options;
    const end = new AbortController();
    const late = sleep(clock, SHUTDOWN_TIMEOUT_MS, end.signal).catch(() => undefined);
    this.#wake();
    await Promise.race([this.#sent, late]);
    end.abort();
    const lost = this.#dropped + this.#queue.length;
    if (lost > 0 || this.#isSending) log?.warn({ count: lost }, 'the last spans could not be sent');
    void exporter.shutdown().catch(() => undefined); // it has its own timeouts, and nothing of ours waits for them
  }

  #wake(): void {
    this.#takeBack = undefined;
    if (!this.#isSending) this.#sent = this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    while (this.#queue.length > 0) {
      const batch = this.#nextBatch();
      const failure = await this.#send(batch.map((span) => readableSpan(span, this.#options.origin)));
      if (failure !== undefined) this.#lost(batch.length, failure);
    }
    this.#isSending = false;
  }

  #nextBatch(): readonly SpanRecord[] {
    let bytes = 0;
    let count = 0;
    for (const span of this.#queue) {
      bytes += bytesOf(span);
      if (count === MAX_BATCH_SPANS || (count > 0 && bytes > MAX_BATCH_BYTES)) break;
      count += 1;
      this.#bytes -= bytesOf(span);
    }
    const batch = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    return batch;
  }

  /** @returns why they were not taken. */
  #send(spans: ReadableSpan[]): Promise<unknown> {
    const { exporter, clock } = this.#options;
    return new Promise((resolve) => {
      const takeBack = clock.after(BATCH_TIMEOUT_MS, () =>
        resolve(new Error(`the collector did not answer within ${BATCH_TIMEOUT_MS} ms`)),
      );
      try {
        exporter.export(spans, ({ error, code }) => {
          takeBack();
          resolve(
            Number(code) === EXPORTED ? undefined : (error ?? new Error('the collector refused the spans')),
          );
        });
      } catch (error) {
        takeBack();
        resolve(error);
      }
    });
  }

  #lost(count: number, error: unknown): void {
    this.#dropped += count;
    const { clock, log } = this.#options;
    if (clock.now() - this.#reportedAtMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs = clock.now();
    log?.warn({ err: error, count }, 'the collector takes no spans: they are dropped, messages go on');
  }
}

/** `ExportResultCode.SUCCESS` of `@opentelemetry/core`. */
const EXPORTED = 0;
