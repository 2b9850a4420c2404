import { ExpressionError } from '../expression-error.ts';
import type { Value } from '../json.ts';
import { finite, integer } from '../operators.ts';
import type { Scope } from '../scope.ts';
import { j0, j1, y0, y1 } from './bessel.ts';
import { erf, erfc, erfcInverse, erfInverse } from './error-function.ts';
import { type FunctionDefinition, NUMBER, numberArgument, unary } from './function-definition.ts';
import { gamma } from './gamma.ts';

/** Functions of one real number. A result that is no finite number is an error. */
const REAL: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  round: (x) => Math.sign(x) * Math.round(Math.abs(x)),
  roundToEven,
  trunc: Math.trunc,
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log10: Math.log10,
  log1p: Math.log1p,
  log2: Math.log2,
  logb: binaryExponent,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
};

/** Functions that take some microseconds each. */
const SPECIAL: Readonly<Record<string, (x: number) => number>> = {
  gamma,
  erf,
  erfc,
  erfinv: erfInverse,
  erfcinv: erfcInverse,
  j0,
  j1,
  y0,
  y1,
};
const SPECIAL_STEPS = 50;

/** Mathematical functions. */
export const MATH: readonly FunctionDefinition[] = [
  ...Object.entries(REAL).map(([name, compute]) =>
    onNumber(name, (value) => finite(compute(numberArgument(value, name)))),
  ),
  ...Object.entries(SPECIAL).map(([name, compute]) =>
    onNumber(name, (value, scope) => {
      scope.charge(SPECIAL_STEPS);
      return finite(compute(numberArgument(value, name)));
    }),
  ),
  onNumber('pow10', (value) => finite(Number(`1e${integer(value, 'pow10')}`))),
  onNumber('factorial', (value) => factorial(integer(value, 'factorial'))),
  onNumber('rand', (value, { environment }) => finite(environment.random() * numberArgument(value, 'rand'))),
  onNumber('randInt', (value, { environment }) => {
    const limit = integer(value, 'randInt');
    if (limit <= 0) throw new ExpressionError('ARITHMETIC', 'randInt needs a limit above 0');
    return Math.floor(environment.random() * limit);
  }),
];

function onNumber(name: string, call: (value: Value, scope: Scope) => number): FunctionDefinition {
  return unary({ name, takes: NUMBER, gives: NUMBER }, call);
}

function roundToEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** The exponent of the leading bit, exact also where `log2` rounds up. */
function binaryExponent(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return Number.NaN;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const biased = (view.getUint32(0) >>> 20) & 0x7ff;
  return biased === 0 ? binaryExponent(x * 2 ** 54) - 54 : biased - 1023;
}

function factorial(n: number): number {
  if (n < 0) throw new ExpressionError('ARITHMETIC', 'factorial needs a number from 0 to 170');
  let product = 1;
  for (let factor = 2; factor <= n && Number.isFinite(product); factor += 1) product *= factor;
  return finite(product);
}
