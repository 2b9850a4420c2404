import type { RefusalReason, RefusalSide } from '@tinysystems/transport';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What is counted of certificates and of who was refused. */
export interface TransportMetrics {
  readonly refused: (side: RefusalSide, reason: RefusalReason) => void;
  /** Other certificates came into use, or could not. */
  readonly reloaded: (result: 'used' | 'refused') => void;
  /** When the certificate in use ends, milliseconds since the epoch. */
  readonly expires: (atMs: number) => void;
}

/** Makes them. */
export function createTransportMetrics(registry: Registry): TransportMetrics {
  const refusals = new Counter({
    name: 'tiny_peer_refusals_total',
    help: 'Connections and calls that were refused: of callers (in), and of called modules (out)',
    labelNames: ['side', 'reason'],
    registers: [registry],
  });
  const loads = new Counter({
    name: 'tiny_certificate_loads_total',
    help: 'Certificate files that came into use, and that could not be used',
    labelNames: ['result'],
    registers: [registry],
  });
  // Only a module with certificates has it: without one, 0 would read as expired.
  let expiry: Gauge | undefined;
  return {
    refused: (side, reason) => refusals.inc({ side, reason }),
    reloaded: (result) => loads.inc({ result }),
    expires: (atMs) => {
      expiry ??= new Gauge({
        name: 'tiny_certificate_expiry_timestamp_seconds',
        help: 'When the certificate of this module ends, seconds since the epoch',
        registers: [registry],
      });
      expiry.set(atMs / 1000);
    },
  };
}
