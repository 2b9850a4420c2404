import {
  type Clock,
  type Deliver,
  type Json,
  type Message,
  type Passed,
  type Random,
  type RetryRule,
  TinyError,
  type TraceContext,
  delayBeforeAttemptMs,
  runChain,
  sleep,
  toTinyError,
} from '@tinysystems/core';
import type { Tracer } from '../tracer.ts';
import type { Edge } from './edge.ts';

/** What a message inherits from the chain that emits it. */
export interface Chain {
  readonly depth: number;
  readonly deadlineMs: number;
  /** Ends all hops of the chain. */
  readonly chainSignal: AbortSignal;
  readonly trace: TraceContext | undefined;
  readonly passed: Passed | undefined;
}

/** What dispatching needs from its surroundings. */
export interface DispatchDependencies {
  readonly deliver: Deliver;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
}

/** Maps the data and sends it down one edge, again as often as the edge's retry rule allows. Never throws at once. */
export function dispatch(
  dependencies: DispatchDependencies,
  edge: Edge,
  data: Json,
  chain: Chain,
): Promise<Json | undefined> {
  try {
    const message: Message = {
      from: edge.from,
      to: edge.to,
      edgeId: edge.spec.id,
      data: edge.mapping === undefined ? data : edge.mapping.map(data),
      depth: chain.depth + 1,
      deadlineMs: chain.deadlineMs,
      trace: chain.trace,
      passed: chain.passed,
    };
    const { retry } = edge.spec;
    const send =
      retry === undefined
        ? dependencies.deliver(message, chain.chainSignal)
        : deliverWithRetry(dependencies, retry, message, chain.chainSignal);
    return edge.track(send);
  } catch (thrown) {
    const error = toTinyError(thrown);
    edge.meter.sent(error.kind);
    return Promise.reject(error);
  }
}

async function deliverWithRetry(
  dependencies: DispatchDependencies,
  rule: RetryRule,
  message: Message,
  signal: AbortSignal,
): Promise<Json | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await deliverOnce(dependencies, rule, message, signal);
    } catch (thrown) {
      const error = toTinyError(thrown);
      const isOwn = error.failedAt === undefined || error.failedAt === message.to.node;
      if (error.kind !== 'Transient' || !isOwn || attempt >= rule.maxAttempts) throw error;
      const delayMs = Math.max(
        error.retryAfterMs ?? 0,
        delayBeforeAttemptMs(rule, attempt + 1, dependencies.random),
      );
      if (dependencies.clock.now() + delayMs >= message.deadlineMs) {
        throw new TinyError(
          'Timeout',
          'DEADLINE_EXCEEDED',
          `no time left for attempt ${attempt + 1}: ${error.message}`,
          { cause: error },
        );
      }
      await dependencies.tracer.waiting('retry', message, sleep(dependencies.clock, delayMs, signal));
    }
  }
}

function deliverOnce(
  { deliver, clock }: DispatchDependencies,
  rule: RetryRule,
  message: Message,
  signal: AbortSignal,
): Promise<Json | undefined> {
  if (rule.attemptTimeoutMs === undefined) return deliver(message, signal);
  const deadlineMs = Math.min(message.deadlineMs, clock.now() + rule.attemptTimeoutMs);
  const options = { clock, deadlineMs, parents: [signal], what: `an attempt on edge ${message.edgeId}` };
  return runChain(options, (attemptSignal) => deliver({ ...message, deadlineMs }, attemptSignal));
}
