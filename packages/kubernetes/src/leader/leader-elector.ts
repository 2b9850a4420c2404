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
import type { Runnable } from '../runnable.ts';
import { WakeUp } from '../wake-up.ts';
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
   * Tells whether this process stands in for `holder`, which therefore cannot be alive: its lease is taken after two
   * retry periods without a renewal, instead of at its end. Default: for nobody.
   */
  readonly replaces?: (holder: string) => boolean;
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

/** Releasing must not hold up the end of the process; after this the lease just runs out. */
const RELEASE_TIMEOUT_MS = 5_000;
/** So much longer, at random, a failed try is repeated, to part candidates that failed together. */
const RETRY_JITTER = 0.2;
/** A holder that is alive after all, because two processes were given one name, has renewed within this many periods. */
const SILENT_RETRY_PERIODS = 2;

/**
 * Competes for a Lease as long as it runs. The lease is watched, so a released one has its next holder within
 * milliseconds, and one whose holder died when it ends.
 *
 * Election is no fencing: a paused process may believe in its lease for a moment after it lost it. Ask
 * {@link holdsLease} right before a leader-only effect, and let writes carry a `resourceVersion`.
 */
export class LeaderElector implements Runnable {
  readonly name: string;
  readonly #options: LeaderElectorOptions;
  readonly #timing: { readonly durationMs: number; readonly deadlineMs: number; readonly retryMs: number };
  readonly #leases: ResourceClient<Lease>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: KubernetesMetrics;
  readonly #observed = new ObservedLease();
  readonly #wakeUp = new WakeUp();
  readonly #listeners = new Set<(isLeader: boolean) => void>();
  #isLeader = false;
  #hasAsked = false;
  /** When the last successful write of ours was sent, on the monotonic clock. */
  #renewedMs = 0;
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
  }

  /** Whether this process leads. Stays true for a moment after a loss it cannot know of yet. */
  get isLeader(): boolean {
    return this.#isLeader;
  }

  /** How often the lease has changed hands, as last seen. */
  get leaseTransitions(): number {
    return this.#observed.transitions;
  }

  /** The identity of the leader, as last seen; `undefined` for none. */
  get holder(): string | undefined {
    return this.#observed.holder;
  }

  /** Whether the lease has been looked at once; before that nobody knows who leads. */
  get hasAsked(): boolean {
    return this.#hasAsked;
  }

  /** Whether this process leads and its lease has not ended by its own clock, however long it was paused. */
  holdsLease(): boolean {
    return this.#isLeader && this.#clock.monotonicMs() < this.#renewedMs + this.#timing.durationMs;
  }

  /**
   * Calls `listener` after every gain and loss. It must return soon; what it throws is logged.
   *
   * @returns a function that ends it.
   */
  onChange(listener: (isLeader: boolean) => void): () => void {
    const own = (isLeader: boolean): void => listener(isLeader);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
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
      if (dueMs <= nowMs) await this.#claim();
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
    if (replaces?.(holder) !== true) return endsAtMs;
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
      this.#renewedMs = startedMs;
      this.#nextTryMs = startedMs + this.#timing.retryMs;
      if (!this.#isLeader && this.#observed.holder === this.#options.identity) this.#gain();
    } catch (err) {
      this.#nextTryMs = this.#clock.monotonicMs() + this.#retryDelayMs();
      if (ApiError.is(err) && [404, 409].includes(err.code)) await this.#look();
      else this.#logger.warn({ ...this.#fields, err }, 'writing the lease failed; trying again');
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
      else this.#logger.warn({ ...this.#fields, err }, 'reading the lease failed; trying again');
    }
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
    this.#wakeUp.notify();
  }

  #looked(): void {
    this.#hasAsked = true;
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
    for (const listener of this.#listeners) {
      try {
        listener(isLeader);
      } catch (err) {
        this.#logger.error({ ...this.#fields, err }, 'listener for leadership failed');
      }
    }
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
