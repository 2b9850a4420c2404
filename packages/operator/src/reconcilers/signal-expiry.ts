import type { TinySignal } from '@tinysystems/api';

const DELIVERED_TTL_S = 60;
const FAILED_TTL_S = 600;

/** How long an ended signal stays, milliseconds from now; 0 or less: it goes. */
export function msUntilExpiry(signal: TinySignal, nowMs: number): number {
  const { phase, completedAt } = signal.status ?? {};
  const ttlS =
    signal.spec.ttlSecondsAfterFinished ?? (phase === 'Delivered' ? DELIVERED_TTL_S : FAILED_TTL_S);
  const endedMs = completedAt === undefined ? nowMs : Date.parse(completedAt);
  return endedMs + ttlS * 1000 - nowMs;
}
