/** Anything with a lifetime that a Manager can own. */
export interface Runnable {
  /** Shown in logs and errors. */
  readonly name: string;
  /**
   * Works until `signal` aborts, then cleans up and resolves.
   * A rejection before that means the runnable cannot go on.
   */
  run(signal: AbortSignal): Promise<void>;
}
