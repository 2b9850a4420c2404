import type { Client } from '../client/client.ts';
import { LeaderElector } from '../leader/leader-elector.ts';
import type { Logger } from '../logger.ts';
import { HealthServer } from '../manager/health-server.ts';
import type { KubernetesMetrics } from '../metrics.ts';
import type { Control } from './control.ts';

/** What an inline control is made of. */
export interface InlineControlOptions {
  readonly client: Pick<Client, 'resource'>;
  readonly logger?: Logger;
  readonly metrics?: KubernetesMetrics;
}

/** A control without a thread, for programs that never block their loop, and for tests. */
export function createInlineControl({ client, ...runtime }: InlineControlOptions): Control {
  return {
    elector: (options) => new LeaderElector({ client, ...runtime, ...options }),
    probeServer: ({ readyz, ...address }) =>
      new HealthServer({ ...address, ...runtime, checks: { healthz: [], readyz } }),
    isBlocked: false,
    onUnblocked: () => () => undefined,
  };
}
