import { FUNCTIONS } from './functions/table.ts';
import { ANY, BOOLEAN, NUMBER, type Signature } from './functions/function-definition.ts';
import type { Kind } from './kind.ts';
import type { BinaryOperator, UnaryNode } from './syntax.ts';

/** The functions that look at where a path's match sits, not at its value. */
export const TREE_FUNCTIONS: ReadonlyMap<string, Signature> = new Map(
  [
    {
      name: 'parent',
      parameters: [{ name: 'path', kinds: ANY }],
      result: ['array', 'object', 'null'] as const,
    },
    { name: 'key', parameters: [{ name: 'path', kinds: ANY }], result: ['string', 'null'] as const },
    {
      name: 'root',
      parameters: [{ name: 'path', kinds: ANY }],
      result: ANY.filter((kind) => kind !== 'missing'),
    },
  ].map((signature) => [signature.name, signature]),
);

/** The signatures of all functions, by lower-case name. */
export const SIGNATURES: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ...FUNCTIONS,
  ...TREE_FUNCTIONS,
]);

/** How many arguments a call needs. */
export function requiredArguments({ parameters }: Signature): number {
  return parameters.filter(({ isOptional }) => isOptional !== true).length;
}

/** What an operator takes on each side and may give. */
export interface OperatorSignature {
  readonly takes: readonly Kind[];
  /** Of `+` and `-`: a number for numbers, a string for strings; anything else is an error. */
  readonly gives: readonly Kind[];
}

const ARITHMETIC: OperatorSignature = { takes: NUMBER, gives: NUMBER };
const SUM: OperatorSignature = { takes: ['number', 'string'], gives: ['number', 'string'] };
const TEST: OperatorSignature = { takes: ANY, gives: BOOLEAN };

/** The signatures of the operators with two sides. */
export const BINARY_SIGNATURES: Readonly<Record<BinaryOperator, OperatorSignature>> = {
  '**': ARITHMETIC,
  '*': ARITHMETIC,
  '/': ARITHMETIC,
  '%': ARITHMETIC,
  '<<': ARITHMETIC,
  '>>': ARITHMETIC,
  '&': ARITHMETIC,
  '&^': ARITHMETIC,
  '|': ARITHMETIC,
  '^': ARITHMETIC,
  '+': SUM,
  '-': SUM,
  '==': TEST,
  '!=': TEST,
  '<': TEST,
  '<=': TEST,
  '>': TEST,
  '>=': TEST,
  '=~': { takes: ['string', 'missing'], gives: BOOLEAN },
  '&&': TEST,
  '||': TEST,
};

/** The signatures of the signs. */
export const UNARY_SIGNATURES: Readonly<Record<UnaryNode['operator'], OperatorSignature>> = {
  '!': TEST,
  '-': ARITHMETIC,
};
