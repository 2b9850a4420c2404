import type { RequestLimits } from './http/request-gate.ts';

/** What a server lets its clients use. Sizes are fixed: 3 MiB for a body, 1.5 MiB for an object, 16 KiB for headers. */
export interface ControlPlaneLimits extends RequestLimits {
  /** TCP connections. */
  readonly connections: number;
  /** How long a client may take for the TLS handshake and for the headers of a request, milliseconds. */
  readonly headersTimeoutMs: number;
  /** How long a client may take for a whole request, milliseconds. */
  readonly requestTimeoutMs: number;
}

/** Reads and writes in flight are those of a kube-apiserver; the rest is far from what one machine's clients need. */
export const DEFAULT_LIMITS: ControlPlaneLimits = {
  requestsPerS: 10_000,
  readsInFlight: 400,
  writesInFlight: 200,
  watches: 2_000,
  connections: 4_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
};
