const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
const SERIES_LIMIT = 2.5;

/** The error function. */
export function erf(x: number): number {
  const size = Math.abs(x);
  return Math.sign(x) * (size < SERIES_LIMIT ? series(size) : 1 - tail(size));
}

/** The complementary error function, precise also where it is tiny. */
export function erfc(x: number): number {
  if (x < SERIES_LIMIT / 5) return 1 - erf(x);
  return tail(x);
}

/** The inverse of `erf`; NaN outside (-1, 1). */
export function erfInverse(y: number): number {
  if (y === 0) return 0;
  if (!(Math.abs(y) < 1)) return Number.NaN;
  // Winitzki's approximation, then Halley steps, which at least double the correct digits each time.
  const logarithm = Math.log1p(-y * y);
  const half = 2 / (Math.PI * 0.147) + logarithm / 2;
  let x = Math.sign(y) * Math.sqrt(Math.sqrt(half * half - logarithm / 0.147) - half);
  for (let step = 0; step < 3; step += 1)
    x = halley(x, Math.abs(y) < 0.5 ? erf(x) - y : Math.sign(y) * (1 - Math.abs(y) - erfc(Math.abs(x))));
  return x;
}

/** The inverse of `erfc`; NaN outside (0, 2). */
export function erfcInverse(y: number): number {
  if (!(y > 0 && y < 2)) return Number.NaN;
  if (y > 0.5) return erfInverse(1 - y);
  const logarithm = Math.log(y * (2 - y));
  const half = 2 / (Math.PI * 0.147) + logarithm / 2;
  let x = Math.sqrt(Math.sqrt(half * half - logarithm / 0.147) - half);
  for (let step = 0; step < 4; step += 1) x = halley(x, y - erfc(x));
  return x;
}

/** One Halley step towards a root of erf, given how far erf(x) is above its target. */
function halley(x: number, excess: number): number {
  const newton = excess / (TWO_OVER_SQRT_PI * Math.exp(-x * x));
  return x - newton / (1 + x * newton);
}

/** e^(-x²) · 2/√π · Σ (2x²)ⁿ x / (1·3·5…(2n+1)): all terms positive, so nothing cancels. */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
}

/** The continued fraction of erfc, evaluated from its far end. */
function tail(x: number): number {
  if (x > 27) return 0;
  let fraction = x;
  for (let n = Math.ceil(40 + 300 / (x * x)); n > 0; n -= 1) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}
