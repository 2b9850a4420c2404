import type { Election } from '@tinysystems/kubernetes';

/** Whether this replica leads now, and under which epoch its writes stand. */
export class Leadership {
  readonly #elector: Pick<Election, 'holdsLease' | 'leaseTransitions' | 'term'> | undefined;
  #epoch: number | undefined;
  /** The term of the election that {@link #epoch} stands for: between two others may have led. */
  #term: number | undefined;

  /** @param elector - `undefined`: the only replica, which always leads. */
  constructor(elector: Pick<Election, 'holdsLease' | 'leaseTransitions' | 'term'> | undefined) {
    this.#elector = elector;
  }

  /** Begins a term: later than every epoch that was ever stored. */
  begin(storedEpoch: number): number {
    this.#term = this.#elector?.term;
    this.#epoch = Math.max(this.#elector?.leaseTransitions ?? 0, storedEpoch) + 1;
    return this.#epoch;
  }

  /** Ends the term. @returns whether one had begun. */
  end(): boolean {
    const hadBegun = this.#epoch !== undefined;
    this.#epoch = undefined;
    return hadBegun;
  }

  /** The epoch, while the lease is held by the monotonic clock; asked right before each leader-only effect. */
  get epoch(): number | undefined {
    const isHeld = this.#elector === undefined || this.#elector.holdsLease();
    return isHeld && this.#elector?.term === this.#term ? this.#epoch : undefined;
  }

  get isLeading(): boolean {
    return this.epoch !== undefined;
  }
}
