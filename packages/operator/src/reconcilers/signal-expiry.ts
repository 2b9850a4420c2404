import type { TinySignal } from '@tinysystems/api';

const DELIVERED_TTL_S = 60;
const FAILED_TTL_S = 600;

/**
 * How long an ended signal stays, milliseconds from now; 0 or less: it goes. Its end was written by the clock of
 * another machine perhaps: it never counts as earlier than the creation, and never asks for more than the time to live.
 */
export function msUntilExpiry(signal: TinySignal, nowMs: number): number {
  const { phase, completedAt } = signal.status ?? {};
  const ttlS =
    signal.spec.ttlSecondsAfterFinished ?? (phase === 'Delivered' ? DELIVERED_TTL_S : FAILED_TTL_S);
  const endedMs = Math.max(momentMs(completedAt) ?? nowMs, momentMs(signal.metadata.creationTimestamp) ?? 0);
  return Math.min(ttlS * 1000, endedMs + ttlS * 1000 - nowMs);
}

function momentMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
