import type { Clock, Log } from '@tinysystems/core';
import type { RefusalMeter } from '@tinysystems/transport';
import type { TransportMetrics } from './telemetry/transport-metrics.ts';

/** How often a reason is logged at most, milliseconds: who is refused may try as fast as it can. */
const LOG_EVERY_MS = 60_000;

/** What a reporter works with. */
export interface RefusalReporterOptions {
  readonly metrics: { readonly transport: Pick<TransportMetrics, 'refused'> };
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

/** Counts every refusal, and logs the first of each reason in a minute. */
export function createRefusalReporter({ metrics, clock, log }: RefusalReporterOptions): RefusalMeter {
  const loggedMs = new Map<string, number>();
  return (side, reason, what) => {
    metrics.transport.refused(side, reason);
    const key = `${side} ${reason}`;
    const nowMs = clock.now();
    if (nowMs - (loggedMs.get(key) ?? Number.NEGATIVE_INFINITY) < LOG_EVERY_MS) return;
    loggedMs.set(key, nowMs);
    log.warn({ side, reason, what }, 'a peer was refused');
  };
}
