import { Informer } from '../cache/informer.ts';
import { ApiError } from '../client/api-error.ts';
import type { Client } from '../client/client.ts';
import type { ResourceClient } from '../client/resource-client.ts';
import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { noMetrics } from '../metrics.ts';
import type { KubernetesMetrics } from '../metrics.ts';
import { systemRandom } from '../random.ts';
import type { Random } from '../random.ts';
import { WakeUp } from '../wake-up.ts';
import type { Election } from './election.ts';
import { LeadershipListeners } from './leadership-listeners.ts';
import { LEASE, microTime } from './lease.ts';
import type { Lease, LeaseSpec } from './lease.ts';
import { ObservedLease } from './observed-lease.ts';

/** What a {@link LeaderElector} is made of. */
export interface LeaderElectorOptions {
  readonly client: Pick<Client, 'resource'>;
  readonly namespace: string;
  /** All candidates for one job use the same lease. They need get, list, watch, create and update on it. */
  readonly leaseName: string;
  /** Unique to this process, for ever. */
  readonly identity: string;
  /**
   * Matches the identities that this process stands in for, and whose processes therefore cannot be alive: their lease
   * is taken after two retry periods without a renewal, instead of at its end. Default: none.
   */
  readonly replaces?: RegExp;
  /** Asked before each claim and renewal: while it says no, the lease is left to run out. Default: always yes. */
  readonly mayLead?: () => boolean;
  /** Hears of all that others may know of this candidate, after each change and each renewal. */
  readonly onState?: (state: ElectionState) => void;
  /** How long others wait for a holder that is silent. Default 15 000 ms; the server keeps whole seconds. */
  readonly leaseDurationMs?: number;
  /** A holder that could not renew for so long steps down. Default 10 000 ms; must be less than the duration. */
  readonly renewDeadlineMs?: number;
  /** Time between renewals, and between tries after a failure. Default 2 000 ms. */
  readonly retryPeriodMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  readonly metrics?: KubernetesMetrics;
}

/** What a {@link LeaderElector} tells of itself. */
export interface ElectionState extends Pick<
  Election,
  'isLeader' | 'term' | 'leaseTransitions' | 'holder' | 'hasAsked'
> {
  /** Why the server did not allow the last claim, in its own words; `undefined` when it did. */
  readonly refusal: string | undefined;
  /** When the lease ends unless it is renewed, on the monotonic clock; 0 for one that is not held. */
  readonly leaseEndsMs: number;
}

/** Releasing must not hold up the end of the process; after this the lease just runs out. */
const RELEASE_TIMEOUT_MS = 5_000;
/** So much longer, at random, a failed try is repeated, to part candidates that failed together. */
const RETRY_JITTER = 0.2;
/** While tries keep failing, it is said so often. */
const FAILURE_LOG_MS = 60_000;
/** A holder that is alive after all, because two processes were given one name, has renewed within this many periods. */
const SILENT_RETRY_PERIODS = 2;

/**
 * Competes for a Lease as long as it runs. The lease is watched, so a released one has its next holder within
 * milliseconds, and one whose holder died when it ends.
 *
 * Election is no fencing: a paused process may believe in its lease for a moment after it lost it. Ask
 * {@link holdsLease} right before a leader-only effect, and let writes carry a `resourceVersion`.
 */
export class LeaderElector implements Election {
  readonly name: string;
  readonly #options: LeaderElectorOptions;
  readonly #timing: { readonly durationMs: number; readonly deadlineMs: number; readonly retryMs: number };
  readonly #leases: ResourceClient<Lease>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: KubernetesMetrics;
  readonly #observed = new ObservedLease();
  readonly #wakeUp = new WakeUp();
  readonly #listeners: LeadershipListeners;
  #isLeader = false;
  #term = 0;
  #hasAsked = false;
  /** When the last successful write of ours was sent, on the monotonic clock. */
  #renewedMs = 0;
  #refusal: string | undefined;
  /** When a failure was logged in a row of failures, on the monotonic clock. */
  #failureLoggedMs: number | undefined;
  /** No try before this, on the monotonic clock. */
  #nextTryMs = 0;

  constructor(options: LeaderElectorOptions) {
    const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
    if (!(retryPeriodMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs)) {
      throw new RangeError('Leader election needs retryPeriodMs < renewDeadlineMs < leaseDurationMs.');
    }
    this.name = `leader election ${options.namespace}/${options.leaseName}`;
    this.#options = options;
    this.#timing = { durationMs: leaseDurationMs, deadlineMs: renewDeadlineMs, retryMs: retryPeriodMs };
    this.#leases = options.client.resource(LEASE, options.namespace);
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#metrics = options.metrics ?? noMetrics;
    this.#listeners = new LeadershipListeners(this.#logger, this.#fields);
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  get term(): number {
    return this.#term;
  }

  get leaseTransitions(): number {
    return this.#observed.transitions;
  }

  get holder(): string | undefined {
    return this.#observed.holder;
  }

  get hasAsked(): boolean {
    return this.#hasAsked;
  }

  holdsLease(): boolean {
    return this.#clock.monotonicMs() < this.#leaseEndsMs;
  }

  onChange(listener: (isLeader: boolean) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Competes until `signal` aborts, then releases the lease. Losing it does not end the run. */
  async run(signal: AbortSignal): Promise<void> {
    const unregister = this.#metrics.gauge(
      'leader_election_master_status',
      { name: this.#options.leaseName },
      () => (this.#isLeader ? 1 : 0),
    );
    try {
      await Promise.all([this.#watch(signal), this.#compete(signal)]);
    } finally {
      await this.#release();
      unregister();
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { leaseName, clock, random, logger, metrics } = this.#options;
    const informer = new Informer<Lease>({
      client: this.#leases,
      fieldSelector: `metadata.name=${leaseName}`,
      name: this.name,
      ...(clock && { clock }),
      ...(random && { random }),
      ...(logger && { logger }),
      ...(metrics && { metrics }),
    });
    const see = (lease: Lease): void => this.#see(lease);
    informer.onEvent({ add: see, update: see, delete: (lease) => this.#seeDeleted(lease) });
    const asked = informer.waitForSync(signal).then(
      () => this.#looked(),
      () => undefined, // Stopped before the first look.
    );
    await Promise.all([informer.run(signal), asked]);
  }

  async #compete(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const nowMs = this.#clock.monotonicMs();
      this.#checkLoss(nowMs);
      const dueMs = this.#dueMs();
      if (dueMs <= nowMs) await this.#claimIfAllowed();
      else await this.#wakeUp.wait({ clock: this.#clock, maxMs: dueMs - nowMs, signal });
    }
  }

  /** When there is something to try next: the renewal, or taking a lease that is or will be free. */
  #dueMs(): number {
    if (!this.#hasAsked) return this.#clock.monotonicMs() + this.#timing.retryMs;
    if (this.#isLeader) return Math.min(this.#nextTryMs, this.#renewedMs + this.#timing.deadlineMs);
    return Math.max(this.#nextTryMs, this.#freeFromMs());
  }

  /** When the lease may be taken, unless it changes before. */
  #freeFromMs(): number {
    const { holder, changedMs, endsAtMs } = this.#observed;
    const { identity, replaces } = this.#options;
    if (holder === undefined || holder === identity) return 0;
    if (replaces?.test(holder) !== true) return endsAtMs;
    return Math.min(endsAtMs, changedMs + SILENT_RETRY_PERIODS * this.#timing.retryMs);
  }

  #checkLoss(nowMs: number): void {
    if (!this.#isLeader) return;
    if (this.#observed.holder !== this.#options.identity) {
      this.#lose(`the lease is held by ${this.#observed.holder ?? 'nobody'}`);
    } else if (nowMs >= this.#renewedMs + this.#timing.deadlineMs) {
      this.#lose(`the lease could not be renewed for ${this.#timing.deadlineMs} ms`);
    }
  }

  async #claimIfAllowed(): Promise<void> {
    if (this.#options.mayLead?.() !== false) await this.#claim();
    else this.#nextTryMs = this.#clock.monotonicMs() + this.#timing.retryMs;
  }

  /**
   * Takes or renews the lease: one write, which fails if the lease has changed since it was seen. Stopping does not
   * interrupt it, because nobody would know then whether there is something to release.
   */
  async #claim(): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    const { lease } = this.#observed;
    try {
      const claimed = await this.#bounded(this.#claimTimeoutMs(), (signal) =>
        lease === undefined
          ? this.#leases.create(this.#claimOf(undefined), { signal })
          : this.#leases.replace(this.#claimOf(lease), { signal }),
      );
      this.#observed.see(claimed, this.#clock.monotonicMs());
      this.#succeeded();
      this.#renewedMs = startedMs;
      this.#nextTryMs = startedMs + this.#timing.retryMs;
      if (!this.#isLeader && this.#observed.holder === this.#options.identity) this.#gain();
      else this.#tell();
    } catch (err) {
      this.#nextTryMs = this.#clock.monotonicMs() + this.#retryDelayMs();
      if (ApiError.is(err) && [404, 409].includes(err.code)) await this.#look();
      else this.#failed(err, 'writing the lease failed; trying again');
    }
  }

  /** Reads the lease, after a write showed that the sight of it was old. */
  async #look(): Promise<void> {
    const { leaseName } = this.#options;
    this.#metrics.increment('leader_election_slowpath_total', { name: leaseName });
    try {
      const lease = await this.#bounded(this.#claimTimeoutMs(), (signal) =>
        this.#leases.get(leaseName, { signal }),
      );
      this.#observed.see(lease, this.#clock.monotonicMs());
    } catch (err) {
      if (ApiError.isNotFound(err)) this.#observed.forget();
      else this.#failed(err, 'reading the lease failed; trying again');
    }
  }

  #succeeded(): void {
    this.#refusal = undefined;
    this.#failureLoggedMs = undefined;
  }

  /** Says it once a minute, not at each try. Who may not write the lease twice in a row cannot lead. */
  #failed(err: unknown, message: string): void {
    const nowMs = this.#clock.monotonicMs();
    const wasRefused = this.#refusal !== undefined;
    this.#refusal = ApiError.isForbidden(err) ? err.message : undefined;
    if (this.#refusal !== undefined && wasRefused && this.#isLeader)
      this.#lose('the lease may not be written');
    else this.#tell();
    if (nowMs - (this.#failureLoggedMs ?? Number.NEGATIVE_INFINITY) < FAILURE_LOG_MS) return;
    this.#failureLoggedMs = nowMs;
    this.#logger.warn({ ...this.#fields, err }, message);
  }

  #claimOf(lease: Lease | undefined): Lease {
    const { identity, leaseName: name, namespace } = this.#options;
    const nowMs = this.#clock.now();
    const spec: LeaseSpec = lease?.spec ?? {};
    const isOurs = spec.holderIdentity === identity;
    return {
      ...lease,
      metadata: { ...lease?.metadata, name, namespace },
      spec: {
        ...spec,
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(this.#timing.durationMs / 1000),
        acquireTime: isOurs && spec.acquireTime !== undefined ? spec.acquireTime : microTime(nowMs),
        renewTime: microTime(nowMs),
        leaseTransitions: lease === undefined ? 0 : (spec.leaseTransitions ?? 0) + (isOurs ? 0 : 1),
      },
    };
  }

  async #release(): Promise<void> {
    if (this.#isLeader) this.#setLeader(false);
    const { lease, holder } = this.#observed;
    if (lease === undefined || holder !== this.#options.identity) return;
    const released = { ...lease, spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 } };
    try {
      await this.#bounded(RELEASE_TIMEOUT_MS, (signal) => this.#leases.replace(released, { signal }));
      this.#logger.info(this.#fields, 'lease released');
    } catch (err) {
      this.#logger.warn({ ...this.#fields, err }, 'releasing the lease failed; it will run out');
    }
  }

  #see(lease: Lease): void {
    this.#observed.see(lease, this.#clock.monotonicMs());
    this.#reconsider();
  }

  #seeDeleted(lease: Lease): void {
    this.#observed.seeDeleted(lease);
    this.#reconsider();
  }

  /** A failed try was about the lease as it was; a changed one may be tried at once. */
  #reconsider(): void {
    if (!this.#isLeader) this.#nextTryMs = 0;
    this.#tell();
    this.#wakeUp.notify();
  }

  #looked(): void {
    this.#hasAsked = true;
    this.#tell();
    this.#wakeUp.notify();
  }

  #gain(): void {
    this.#logger.info({ ...this.#fields, transitions: this.leaseTransitions }, 'leadership gained');
    this.#setLeader(true);
  }

  #lose(reason: string): void {
    this.#logger.warn({ ...this.#fields, reason }, 'leadership lost');
    this.#setLeader(false);
  }

  #setLeader(isLeader: boolean): void {
    this.#isLeader = isLeader;
    if (isLeader) this.#term += 1;
    this.#tell();
    this.#listeners.call(isLeader);
  }

  #tell(): void {
    const { isLeader, term, leaseTransitions, holder, hasAsked } = this;
    this.#options.onState?.({
      isLeader,
      term,
      leaseTransitions,
      holder,
      hasAsked,
      refusal: this.#refusal,
      leaseEndsMs: this.#leaseEndsMs,
    });
  }

  get #leaseEndsMs(): number {
    return this.#isLeader ? this.#renewedMs + this.#timing.durationMs : 0;
  }

  get #fields(): { readonly lease: string; readonly identity: string } {
    return { lease: this.#options.leaseName, identity: this.#options.identity };
  }

  /** A request that hangs must leave time for another try before the deadline, and must not outlast it. */
  #claimTimeoutMs(): number {
    const { deadlineMs } = this.#timing;
    const leftMs = this.#isLeader ? this.#renewedMs + deadlineMs - this.#clock.monotonicMs() : deadlineMs;
    return Math.max(0, Math.min(deadlineMs / 2, leftMs));
  }

  #retryDelayMs(): number {
    const random = this.#options.random ?? systemRandom;
    return this.#timing.retryMs * (1 + RETRY_JITTER * random());
  }

  async #bounded<T>(timeoutMs: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timeout = new AbortController();
    const timer = this.#clock.setTimeout(
      () => timeout.abort(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    try {
      return await call(timeout.signal);
    } finally {
      timer.clear();
    }
  }
}
