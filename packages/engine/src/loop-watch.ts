/** Knows whether the event loop was blocked until this moment, and wants to know by whom. */
export interface LoopWatch {
  /** Asked after each stretch of a handler, so it costs next to nothing: who finds it true has blocked the loop. */
  readonly isBlocked: boolean;
  /** The handler of `node` has just run while the loop was blocked. */
  blame(node: string): void;
}

/** Never finds anything. */
export const NO_LOOP_WATCH: LoopWatch = { isBlocked: false, blame: () => undefined };
