import { isLaterVersion } from '../resource-version.ts';
import type { Lease } from './lease.ts';

/**
 * The lease as last seen, and since when. Clocks of different machines are never compared:
 * a lease ends its duration after this process last saw it change.
 */
export class ObservedLease {
  #lease: Lease | undefined;
  #changedMs = 0;

  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** Who holds it; `undefined` for nobody. */
  get holder(): string | undefined {
    return this.#lease?.spec?.holderIdentity || undefined;
  }

  get transitions(): number {
    return this.#lease?.spec?.leaseTransitions ?? 0;
  }

  /** When this process last saw it change, on the monotonic clock. */
  get changedMs(): number {
    return this.#changedMs;
  }

  /** When it ends unless it changes before, on the monotonic clock. */
  get endsAtMs(): number {
    return this.#changedMs + (this.#lease?.spec?.leaseDurationSeconds ?? 0) * 1000;
  }

  /** Takes in a sight of the lease. Older ones than the last are ignored: watches lag behind own writes. */
  see(lease: Lease, nowMs: number): void {
    const [seen, known] = [lease.metadata.resourceVersion, this.#lease?.metadata.resourceVersion];
    if (seen === known || isLaterVersion(seen, known) === false) return;
    this.#lease = lease;
    this.#changedMs = nowMs;
  }

  /** Takes in that `lease` was deleted, unless a later one was seen. */
  seeDeleted(lease: Lease): void {
    const isStale = isLaterVersion(this.#lease?.metadata.resourceVersion, lease.metadata.resourceVersion);
    if (!isStale) this.forget();
  }

  /** There is no lease. */
  forget(): void {
    this.#lease = undefined;
  }
}
