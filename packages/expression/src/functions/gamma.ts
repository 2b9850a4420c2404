// Lanczos approximation with g = 607/128 and 15 terms (Godfrey), relative error below 1e-14.
const G = 607 / 128;
const TERMS = [
  0.9999999999999971, 57.15623566586292, -59.59796035547549, 14.136097974741746, -0.4919138160976202,
  3.399464998481189e-5, 4.652362892704858e-5, -9.837447530487956e-5, 0.0001580887032249125,
  -0.00021026444172410488, 0.00021743961811521265, -0.0001643181065367639, 8.441822398385275e-5,
  -2.6190838401581408e-5, 3.6899182659531625e-6,
];

/** The gamma function; NaN at its poles. */
export function gamma(x: number): number {
  if (Number.isInteger(x)) return x <= 0 ? Number.NaN : factorialBelow(x);
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  const shifted = x - 1;
  let sum = TERMS[0] ?? 0;
  for (let index = 1; index < TERMS.length; index += 1) sum += (TERMS[index] ?? 0) / (shifted + index);
  const base = shifted + G + 0.5;
  // The power is taken in two halves because it overflows before the result does.
  const half = base ** ((shifted + 0.5) / 2);
  return Math.sqrt(2 * Math.PI) * half * Math.exp(-base) * half * sum;
}

function factorialBelow(x: number): number {
  if (x > 171) return Number.POSITIVE_INFINITY;
  let product = 1;
  for (let factor = 2; factor < x; factor += 1) product *= factor;
  return product;
}
