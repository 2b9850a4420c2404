/** A number in [0, 1); not for secrets. */
export const systemRandom = (): number => Math.random();
