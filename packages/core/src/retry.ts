import type { Random } from './random.ts';

/** How often and how an edge sends a message again. Only `Transient` errors are sent again at all. */
export interface RetryRule {
  /** How many attempts in all, at least 1. */
  readonly maxAttempts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly multiplier: number;
  /** Share of the delay that varies at random: 0.2 means ±20 %. */
  readonly jitter: number;
  /** Limit of one attempt; none by default, the chain's deadline holds. */
  readonly attemptTimeoutMs?: number;
}

/** One attempt, and the delays that hold when only `maxAttempts` is given. */
export const DEFAULT_RETRY: RetryRule = {
  maxAttempts: 1,
  initialDelayMs: 100,
  maxDelayMs: 5000,
  multiplier: 2,
  jitter: 0.2,
};

/** How long to wait before attempt number `attempt` (2 is the first retry), milliseconds. */
export function delayBeforeAttemptMs(rule: RetryRule, attempt: number, random: Random): number {
  const plainMs = Math.min(rule.maxDelayMs, rule.initialDelayMs * rule.multiplier ** (attempt - 2));
  return plainMs * (1 - rule.jitter + 2 * rule.jitter * random());
}
