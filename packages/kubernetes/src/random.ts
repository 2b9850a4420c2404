/** A number in [0, 1). Tests pass a fixed one. */
export type Random = () => number;

/** The default source of jitter. Not for secrets. */
export const systemRandom: Random = Math.random;
