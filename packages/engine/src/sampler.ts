import { type Clock, type FlowTracing, TokenBucket, type TraceContext } from '@tinysystems/core';

/** How a flow is traced that does not say it. */
export const DEFAULT_TRACING: FlowTracing = { mode: 'sampled' };
/** Chains that a node starts and that are recorded where no ratio is given: in a second, and at once after a quiet time. */
export const CHAINS_PER_SECOND = 10;
export const CHAINS_AT_ONCE = 100;

/** Decides for one node which chains that start here are recorded. */
export class Sampler {
  readonly tracing: FlowTracing;
  readonly #clock: Pick<Clock, 'now'>;
  /** Made with the first chain: most nodes start none. */
  #bucket: TokenBucket | undefined;

  constructor(tracing: FlowTracing, clock: Pick<Clock, 'now'>) {
    this.tracing = tracing;
    this.#clock = clock;
  }

  /** @param parent - the trace of the caller outside; what it asks for goes on to other flows even where this one is off. */
  isSampled(traceId: string, parent: TraceContext | undefined): boolean {
    const { mode, ratio } = this.tracing;
    if (parent !== undefined && isFlagged(parent)) return true;
    if (mode !== 'sampled') return mode === 'all';
    if (ratio === undefined) return this.#takeOne();
    // By the id, so that every process would decide alike.
    return Number.parseInt(traceId.slice(-8), 16) < ratio * 2 ** 32;
  }

  #takeOne(): boolean {
    this.#bucket ??= new TokenBucket({
      perSecond: CHAINS_PER_SECOND,
      burst: CHAINS_AT_ONCE,
      clock: this.#clock,
    });
    return this.#bucket.take();
  }
}

/** Whether the chain of a trace is recorded. */
export function isFlagged({ traceFlags }: TraceContext): boolean {
  return (traceFlags & 1) !== 0;
}
