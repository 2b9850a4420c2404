import type { Fault } from './fault.ts';

/** Every fault there is, in the order of their numbers. */
export const FAULTS: readonly Fault[] = [];
