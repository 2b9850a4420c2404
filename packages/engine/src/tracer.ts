import {
  type Clock,
  type FlowTracing,
  type Log,
  type Message,
  type Random,
  type SecretMask,
  type SpanRecord,
  type TinyError,
  TokenBucket,
  type TraceContext,
  toTinyError,
} from '@tinysystems/core';
import { DEFAULT_TRACING, Sampler, isFlagged } from './sampler.ts';
import {
  type ChainStart,
  type Ended,
  type Handled,
  type ShownPayload,
  type SpanSubject,
  type WaitFor,
  chainSpan,
  maskedSpan,
  messageSpan,
  waitSpan,
} from './spans.ts';
import { HopTrace, newTraceId } from './trace-ids.ts';
import { Trackers } from './trackers.ts';

/** Failed hops of chains that are not recorded: so many are recorded in a second, and at once after a quiet time. */
export const FAILURES_PER_SECOND = 100;
export const FAILURES_AT_ONCE = 1000;
/**
 * Of those, so many show what the message was. Under overload all fail alike: their payloads would push everything else
 * out of the memory for spans, and be most of what the process has to collect.
 */
export const FAILURE_PAYLOADS_PER_SECOND = 10;
export const FAILURE_PAYLOADS_AT_ONCE = 100;

/** What decides whether a chain is recorded at a node. */
type Recording = Pick<SpanSubject, 'sampler' | 'trackers'>;

/** What a tracer works with. */
export interface TracerOptions {
  /** Take every finished span; must neither wait nor throw. */
  readonly sinks: readonly ((span: SpanRecord) => void)[];
  /** How a flow is traced that does not say it. Default: `sampled`. */
  readonly defaults?: FlowTracing;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  readonly log?: Log;
  /** Hides the secrets that this process holds, where a span shows them under another name. */
  readonly mask?: SecretMask;
}

/**
 * Knows for every chain where it stands in its trace, and records what is to be recorded when it has ended. A hop that
 * is not recorded costs one small object.
 */
export class Tracer {
  readonly #options: TracerOptions;
  readonly #failures: TokenBucket;
  readonly #failurePayloads: TokenBucket;
  /** Those that are live on this replica. */
  readonly trackers: Trackers;
  readonly #watchers = new Set<(handled: Handled) => void>();
  #skippedFailures = 0;
  #leftOutPayloads = 0;

  constructor(options: TracerOptions) {
    this.#options = options;
    this.trackers = new Trackers(options);
    this.#failures = new TokenBucket({
      perSecond: FAILURES_PER_SECOND,
      burst: FAILURES_AT_ONCE,
      clock: options.clock,
    });
    this.#failurePayloads = new TokenBucket({
      perSecond: FAILURE_PAYLOADS_PER_SECOND,
      burst: FAILURE_PAYLOADS_AT_ONCE,
      clock: options.clock,
    });
  }

  /** How many failed hops were not recorded because there were too many. */
  get skippedFailures(): number {
    return this.#skippedFailures;
  }

  /** How many failed hops were recorded without what they carried because there were too many. */
  get leftOutPayloads(): number {
    return this.#leftOutPayloads;
  }

  /** What decides for one node which chains are recorded; the same as `before` when nothing changed. */
  sampler(tracing: FlowTracing | undefined, before?: Sampler): Sampler {
    const wanted = tracing ?? this.#options.defaults ?? DEFAULT_TRACING;
    if (before?.tracing.mode === wanted.mode && before.tracing.ratio === wanted.ratio) return before;
    return new Sampler(wanted, this.#options.clock);
  }

  /** Shows every message that a node of this process has handled to `watcher`, until the returned function is called. */
  watch(watcher: (handled: Handled) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** The trace of a chain that starts here. @param parent - of a caller outside: its trace goes on. */
  start(subject: Recording, parent?: TraceContext, port?: string): TraceContext {
    const { random } = this.#options;
    const { sampler, trackers } = subject;
    const traceId = parent?.traceId ?? newTraceId(random);
    const others = (parent?.traceFlags ?? 0) & ~1;
    const isRecorded = sampler.isSampled(traceId, parent) || trackers?.wants(port, traceId) === true;
    return new HopTrace(traceId, others | (isRecorded ? 1 : 0), random);
  }

  /**
   * The trace of a hop of a chain that goes on; of one that nobody traced, a new one. From the first hop on that a
   * tracker wants, the chain is recorded.
   *
   * @param port - the in port; `undefined`: the node goes on with a chain by itself.
   */
  hop(subject: Recording, before: TraceContext | undefined, port?: string): TraceContext {
    if (before === undefined) return this.start(subject, undefined, port);
    const { traceId, traceFlags } = before;
    const isWanted = !isFlagged(before) && subject.trackers?.wants(port, traceId) === true;
    return new HopTrace(traceId, isWanted ? traceFlags | 1 : traceFlags, this.#options.random);
  }

  /** Whether {@link handled} wants to hear of a message; asked first, so that nothing is made for the others. */
  wants(trace: TraceContext, failure: TinyError | undefined): boolean {
    return isFlagged(trace) || failure !== undefined || this.#watchers.size > 0;
  }

  /** A node has handled a message. */
  handled(handled: Handled): void {
    this.#guarded(() => {
      for (const watcher of this.#watchers) watcher(handled);
      const tracked = handled.subject.trackers?.record(handled.message.to.port, handled);
      const payload = tracked ?? this.#recordedAs(handled);
      if (payload !== undefined) this.#add(messageSpan(handled, payload));
    });
  }

  /** A whole chain has ended, where it started. */
  chainEnded(chain: Ended, start: ChainStart): void {
    this.#guarded(() => {
      const payload = chain.subject.trackers?.detailOf(chain.trace.traceId) ?? this.#recordedAs(chain);
      if (payload !== undefined) this.#add(chainSpan(chain, start, payload));
    });
  }

  /** Lets a message wait: of what is recorded, the wait becomes a span, in vain or not. */
  async waiting<T>(on: WaitFor, message: Message, wait: Promise<T>): Promise<T> {
    const startedMs = performance.now();
    let failure: TinyError | undefined;
    try {
      return await wait;
    } catch (error) {
      failure = toTinyError(error);
      throw error;
    } finally {
      const { trace } = message;
      if (trace !== undefined && isFlagged(trace)) {
        const { spanId } = new HopTrace(trace.traceId, trace.traceFlags, this.#options.random);
        const durationMs = performance.now() - startedMs;
        this.#add(waitSpan({ ...message, trace }, { on, spanId, startedMs, durationMs, failure }));
      }
    }
  }

  /** What the span of a hop shows that no tracker wants; `undefined`: it is not recorded. */
  #recordedAs({ trace, subject, failure }: Ended): ShownPayload | undefined {
    const { mode } = subject.sampler.tracing;
    if (mode === 'off') return undefined;
    if (isFlagged(trace)) return 'redacted';
    if (failure === undefined || failure.kind === 'Cancelled') return undefined;
    if (!this.#failures.take()) {
      this.#skippedFailures += 1;
      return undefined;
    }
    if (this.#failurePayloads.take()) return 'redacted';
    this.#leftOutPayloads += 1;
    return 'left out';
  }

  #add(span: SpanRecord): void {
    const { sinks, mask } = this.#options;
    const shown = mask === undefined || mask.isEmpty ? span : maskedSpan(span, mask);
    for (const sink of sinks) sink(shown);
  }

  /** What cannot be shown must not fail the message that it tells of. */
  #guarded(record: () => void): void {
    try {
      record();
    } catch (error) {
      this.#options.log?.warn({ err: error }, 'a message could not be recorded');
    }
  }
}
