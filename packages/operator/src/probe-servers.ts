import { HealthServer, type ProbeServer } from '@tinysystems/kubernetes';
import type { Foundation } from './foundation.ts';
import { type Cache, moduleCaches } from './resources/caches.ts';

/** The HTTP servers of a module process. */
export interface ProbeServers {
  /** `/healthz` and `/readyz`. */
  readonly health: ProbeServer;
  /** `/metrics`. */
  readonly metrics: HealthServer;
}

/** What readiness asks of the rest of the process. */
export interface ProbeChecks {
  /** gRPC listens. */
  readonly isOpen: () => boolean;
  /** Every node that was there when the caches were complete has been taken up. */
  readonly areNodesTakenUp: () => boolean;
}

/** Builds them. Ready means: caches complete once, nodes taken up once, gRPC bound, the Lease seen, the main loop turns; not that this replica leads. */
export function createProbeServers(
  foundation: Foundation,
  { isOpen, areNodesTakenUp }: ProbeChecks,
): ProbeServers {
  const { options, caches, control, elector, metrics, log } = foundation;
  const { registry } = metrics;
  const readyz = [
    { name: 'caches', check: () => demandSynced(moduleCaches(caches)) },
    { name: 'nodes', check: () => demand(areNodesTakenUp(), 'the nodes of this module are being taken up') },
    { name: 'grpc', check: () => demand(isOpen(), 'gRPC does not listen') },
    { name: 'leadership', check: () => demand(elector?.hasAsked ?? true, 'the Lease has not been seen yet') },
  ];
  return {
    health: control.probeServer({ ...options.healthAddress, readyz }),
    metrics: new HealthServer({
      ...options.metricsAddress,
      checks: { healthz: [], readyz: [] },
      handlers: {
        '/metrics': async (_request, response) => {
          const text = await registry.metrics();
          response.setHeader('content-type', registry.contentType);
          response.end(text);
        },
      },
      logger: log,
    }),
  };
}

function demandSynced(caches: readonly Cache[]): void {
  const missing = caches.filter((cache) => !cache.hasSynced).map(({ name }) => name);
  demand(missing.length === 0, `the first lists are not complete: ${missing.join(', ')}`);
}

function demand(isMet: boolean, problem: string): void {
  if (!isMet) throw new Error(problem);
}
