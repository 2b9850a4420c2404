import type { ClusterConfig } from '../client/cluster-config.ts';
import type { ElectionState } from '../leader/leader-elector.ts';
import type { METRICS, MetricName } from '../metrics.ts';
import type { ElectorOptions } from './control.ts';

/** What a control thread is started with. */
export interface ThreadData {
  /** The cluster, without what a function knows. */
  readonly cluster: Omit<ClusterConfig, 'authorization'>;
  readonly userAgent: string;
  /** See {@link SharedTimes}: when the main loop last turned. */
  readonly beat: SharedArrayBuffer;
  /** See {@link LoopMonitor}. */
  readonly blocked: SharedArrayBuffer;
  readonly maxBlockedMs: number;
}

/** What the main thread lets the control thread do. A type: an interface would have no index signature. */
export type ThreadMethods = {
  /** Competes for a lease until asked to end. */
  readonly elect: (argument: ElectArgument, signal: AbortSignal) => Promise<void>;
  /** Answers probes until asked to end. */
  readonly serve: (argument: ServeArgument, signal: AbortSignal) => Promise<void>;
};

/** What the control thread asks, or tells, the main thread. */
export type MainMethods = {
  readonly authorization: (options: { readonly refresh: boolean }) => Promise<string | undefined>;
  /** @returns why the check failed. */
  readonly check: (argument: CheckArgument, signal: AbortSignal) => Promise<string | undefined>;
  readonly listening: (argument: { readonly server: number; readonly port: number }) => void;
  readonly state: (argument: { readonly election: number; readonly state: ElectionState }) => void;
  readonly unblocked: (argument: { readonly durationMs: number }) => void;
  readonly log: (argument: LogArgument) => void;
  readonly metric: (argument: MetricArgument) => void;
};

export interface ElectArgument {
  readonly election: number;
  readonly options: Omit<ElectorOptions, 'onState'>;
  /** See {@link SharedTimes}: the term, and when its lease ends. */
  readonly lease: SharedArrayBuffer;
}

export interface ServeArgument {
  readonly server: number;
  readonly host: string;
  readonly port: number;
  /** Names of what the main thread checks for readiness. */
  readonly readyz: readonly string[];
}

export interface CheckArgument {
  readonly server: number;
  readonly check: number;
}

export interface LogArgument {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

export interface MetricArgument {
  readonly name: MetricName<'counter' | 'histogram'>;
  readonly labels: Readonly<Partial<Record<(typeof METRICS)[MetricName]['labels'][number], string>>>;
  readonly value: number;
}
