import { type Kind, SIGNATURES } from '@tinysystems/expression/analysis';

/** The kinds of values that checks tell apart; a `number` is one that may have a fraction. */
export type ValueKind = Kind | 'integer';

/** What a function takes and gives. */
export interface FunctionSignature {
  /** What each argument may be without an error. */
  readonly parameters: ReadonlyArray<readonly ValueKind[]>;
  /** What may come out. */
  readonly result: readonly ValueKind[];
}

/** The signature of a function, whatever its case; `undefined`: there is none of that name. */
export function functionSignature(name: string): FunctionSignature | undefined {
  const key = name.toLowerCase();
  const signature = SIGNATURES.get(key);
  if (signature === undefined) return undefined;
  return {
    parameters: signature.parameters.map(({ kinds }) => taken(kinds)),
    result: signature.result.map((kind) => (kind === 'number' && WHOLE.has(key) ? 'integer' : kind)),
  };
}

/** Functions whose numbers are integers. */
const WHOLE = new Set([
  ...['length', 'size', 'index', 'int', 'now', 'ceil', 'floor', 'round', 'trunc', 'roundtoeven'],
  ...['logb', 'factorial', 'randint'],
]);

function taken(kinds: readonly Kind[]): readonly ValueKind[] {
  return kinds.includes('number') ? [...kinds, 'integer'] : kinds;
}
