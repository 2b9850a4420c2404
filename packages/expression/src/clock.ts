/** The wall clock, in milliseconds since the Unix epoch. */
export const systemClock = (): number => Date.now();
