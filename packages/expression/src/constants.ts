import type { Json } from './json.ts';

const PHI = (1 + Math.sqrt(5)) / 2;

/** The named constants, by lower-case name. */
export const CONSTANTS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['e', Math.E],
  ['pi', Math.PI],
  ['phi', PHI],
  ['sqrt2', Math.SQRT2],
  ['sqrte', Math.sqrt(Math.E)],
  ['sqrtpi', Math.sqrt(Math.PI)],
  ['sqrtphi', Math.sqrt(PHI)],
  ['ln2', Math.LN2],
  ['log2e', Math.LOG2E],
  ['ln10', Math.LN10],
  ['log10e', Math.LOG10E],
]);
