import type { Clock } from '../clock.ts';
import type { Election } from '../leader/election.ts';
import type { ElectionState } from '../leader/leader-elector.ts';
import { LeadershipListeners } from '../leader/leadership-listeners.ts';
import type { Logger } from '../logger.ts';
import type { KubernetesMetrics } from '../metrics.ts';
import type { ElectorOptions } from './control.ts';
import { SharedTimes } from './shared-times.ts';

/** Cells of an election's {@link SharedTimes}. */
export const TERM = 0;
export const LEASE_END = 1;

/** What a {@link RemoteElector} is made of. */
export interface RemoteElectorOptions extends ElectorOptions {
  /** Competes in the other thread until `signal` aborts. */
  readonly elect: (lease: SharedArrayBuffer, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: KubernetesMetrics;
}

/** An election that runs in another thread. What is told of it comes a little late; {@link holdsLease} does not. */
export class RemoteElector implements Election {
  readonly name: string;
  readonly #options: RemoteElectorOptions;
  readonly #lease = new SharedTimes(2);
  readonly #listeners: LeadershipListeners;
  #state: ElectionState = {
    isLeader: false,
    term: 0,
    leaseTransitions: 0,
    holder: undefined,
    hasAsked: false,
    refusal: undefined,
    leaseEndsMs: 0,
  };

  constructor(options: RemoteElectorOptions) {
    const { namespace, leaseName, identity, logger } = options;
    this.name = `leader election ${namespace}/${leaseName}`;
    this.#options = options;
    this.#listeners = new LeadershipListeners(logger, { lease: leaseName, identity });
  }

  get isLeader(): boolean {
    return this.#state.isLeader;
  }

  get term(): number {
    return this.#state.term;
  }

  get leaseTransitions(): number {
    return this.#state.leaseTransitions;
  }

  get holder(): string | undefined {
    return this.#state.holder;
  }

  get hasAsked(): boolean {
    return this.#state.hasAsked;
  }

  /** Exact: a term that this thread has not heard of yet, or that has ended without its knowledge, does not count. */
  holdsLease(): boolean {
    const { isLeader, term } = this.#state;
    const endsMs = this.#lease.get(LEASE_END);
    return isLeader && this.#lease.get(TERM) === term && this.#options.clock.monotonicMs() < endsMs;
  }

  onChange(listener: (isLeader: boolean) => void): () => void {
    return this.#listeners.add(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { metrics, leaseName, elect } = this.#options;
    const unregister = metrics.gauge('leader_election_master_status', { name: leaseName }, () =>
      this.isLeader ? 1 : 0,
    );
    try {
      await elect(this.#lease.buffer, signal);
    } finally {
      unregister();
      this.take({ ...this.#state, isLeader: false });
    }
  }

  /** Takes in what the other thread says. */
  take(state: ElectionState): void {
    const { isLeader } = this.#state;
    this.#state = state;
    this.#options.onState?.(state);
    if (state.isLeader !== isLeader) this.#listeners.call(state.isLeader);
  }
}
