/** A number in [0, 1), so that tests can fix it. */
export type Random = () => number;

/** The machine's random numbers. */
export const systemRandom: Random = Math.random;
