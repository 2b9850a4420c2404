import type { Runnable } from '../runnable.ts';

/** One candidate of a leader election, wherever it runs: in this thread ({@link LeaderElector}) or in another. */
export interface Election extends Runnable {
  /** Whether this process leads. Stays true for a moment after a loss it cannot know of yet. */
  readonly isLeader: boolean;
  /** Counts how often this process has gained the lease. What was begun in one term must not go on in the next. */
  readonly term: number;
  /** How often the lease has changed hands, as last seen. */
  readonly leaseTransitions: number;
  /** The identity of the leader, as last seen; `undefined` for none. */
  readonly holder: string | undefined;
  /** Whether the lease has been looked at once; before that nobody knows who leads. */
  readonly hasAsked: boolean;
  /** Whether this process leads and its lease has not ended by its own clock, however long it was paused. */
  holdsLease(): boolean;
  /**
   * Calls `listener` after every gain and loss. It must return soon; what it throws is logged.
   *
   * @returns a function that ends it.
   */
  onChange(listener: (isLeader: boolean) => void): () => void;
}
