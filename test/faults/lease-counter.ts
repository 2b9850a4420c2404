import assert from 'node:assert/strict';
import { ApiError, type Lease, type ResourceClient } from '@tinysystems/kubernetes';

const NAME = 'counter';

/** A lease that many writers count up, each only from the version it has read. */
export class LeaseCounter {
  readonly #acknowledged = new Set<number>();
  #open = 0;
  #value = 0;

  /** Counts up once; a writer that comes second is refused. */
  async increase(leases: ResourceClient<Lease>, holderIdentity: string): Promise<void> {
    const old = await readLease(leases);
    const leaseTransitions = (old?.spec?.leaseTransitions ?? 0) + 1;
    const spec = { holderIdentity, leaseTransitions };
    this.#open += 1;
    try {
      await (old === undefined
        ? leases.create({ metadata: { name: NAME }, spec })
        : leases.replace({ ...old, spec }));
      assert(!this.#acknowledged.has(leaseTransitions), `two writers counted up to ${leaseTransitions}`);
      this.#acknowledged.add(leaseTransitions);
      this.#value = Math.max(this.#value, leaseTransitions);
    } catch (error) {
      if (!ApiError.is(error) || error.code !== 409) throw error; // it may or may not have counted
    }
    this.#open -= 1;
  }

  /** @throws AssertionError when the lease has lost a count, or has one that nobody made. */
  async judge(leases: ResourceClient<Lease>): Promise<void> {
    const found = (await readLease(leases))?.spec?.leaseTransitions ?? 0;
    assert(found >= this.#value, `the lease went back from ${this.#value} to ${found}`);
    assert(found <= this.#value + this.#open, `the lease counts ${found}, ${this.#value} were acknowledged`);
    this.#value = found;
    this.#open = 0;
  }
}

async function readLease(leases: ResourceClient<Lease>): Promise<Lease | undefined> {
  try {
    return await leases.get(NAME);
  } catch (error) {
    if (ApiError.isNotFound(error)) return undefined;
    throw error;
  }
}
