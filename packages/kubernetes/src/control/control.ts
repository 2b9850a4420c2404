import type { Election } from '../leader/election.ts';
import type { LeaderElectorOptions } from '../leader/leader-elector.ts';
import type { Check } from '../manager/health-server.ts';
import type { Runnable } from '../runnable.ts';

/** What an election is made of where a {@link Control} gives the rest. */
export type ElectorOptions = Pick<
  LeaderElectorOptions,
  | 'namespace'
  | 'leaseName'
  | 'identity'
  | 'replaces'
  | 'leaseDurationMs'
  | 'renewDeadlineMs'
  | 'retryPeriodMs'
  | 'onState'
>;

/** What a server of probes is made of. */
export interface ProbeOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What readiness asks of the process besides a main loop that turns. */
  readonly readyz: readonly Check[];
}

/** A server of `/healthz` and `/readyz`. */
export interface ProbeServer extends Runnable {
  /** The port it listens on; the configured one until it does. */
  readonly port: number;
  /** Resolves once it listens; rejects with the signal's reason. */
  waitForSync(signal: AbortSignal): Promise<void>;
}

/** Makes the parts of a process that have to go on whatever its main loop does, and says where it got stuck. */
export interface Control {
  /** A candidate; it competes when it is run. */
  elector(options: ElectorOptions): Election;
  /** Probes; they are answered when it is run. */
  probeServer(options: ProbeOptions): ProbeServer;
  /** Whether the main loop has been blocked until this moment: whoever finds it so has just blocked it. */
  readonly isBlocked: boolean;
  /** Calls `listener` each time the main loop turns again after it was blocked. @returns a function that ends it. */
  onUnblocked(listener: (durationMs: number) => void): () => void;
}
