const EULER = 0.5772156649015329;
const ASYMPTOTIC_FROM = 30;

/** Bessel functions of the first kind. */
export function j0(x: number): number {
  return firstKind(x, 0);
}

export function j1(x: number): number {
  return x < 0 ? -firstKind(-x, 1) : firstKind(x, 1);
}

/** Bessel functions of the second kind; NaN for x ≤ 0. */
export function y0(x: number): number {
  if (!(x > 0)) return Number.NaN;
  if (x >= ASYMPTOTIC_FROM) return asymptotic(x, 0).second;
  const orders = sequence(x);
  let sum = 0;
  for (let k = 1; 2 * k < orders.length; k += 1) sum += ((k % 2 === 0 ? 1 : -1) * at(orders, 2 * k)) / k;
  return (2 / Math.PI) * (Math.log(x / 2) + EULER) * at(orders, 0) - (4 / Math.PI) * sum;
}

export function y1(x: number): number {
  if (!(x > 0)) return Number.NaN;
  if (x >= ASYMPTOTIC_FROM) return asymptotic(x, 1).second;
  const orders = sequence(x);
  let sum = 0;
  for (let k = 1; 2 * k + 1 < orders.length; k += 1) {
    sum += ((k % 2 === 0 ? 1 : -1) * (2 * k + 1) * at(orders, 2 * k + 1)) / (k * (k + 1));
  }
  const logarithm = (Math.log(x / 2) + EULER - 1) * at(orders, 1);
  return (2 / Math.PI) * (logarithm - at(orders, 0) / x - sum);
}

function firstKind(x: number, order: 0 | 1): number {
  const size = Math.abs(x);
  return size >= ASYMPTOTIC_FROM ? asymptotic(size, order).first : at(sequence(size), order);
}

/** J₀…Jₙ by Miller's downward recurrence, normalised by J₀ + 2J₂ + 2J₄ + … = 1. */
function sequence(x: number): readonly number[] {
  if (x < 1e-8) return [1, x / 2];
  const top = 2 * Math.ceil((x + 40) / 2);
  const orders = new Array<number>(top + 1).fill(0);
  orders[top] = 1e-300;
  for (let n = top; n > 0; n -= 1) {
    orders[n - 1] = ((2 * n) / x) * at(orders, n) - at(orders, n + 1);
    if (Math.abs(at(orders, n - 1)) > 1e200)
      for (let k = n - 1; k <= top; k += 1) orders[k] = at(orders, k) * 1e-300;
  }
  let norm = at(orders, 0);
  for (let n = 2; n <= top; n += 2) norm += 2 * at(orders, n);
  return orders.map((value) => value / norm);
}

/** Hankel's expansion for large x. */
function asymptotic(x: number, order: 0 | 1): { readonly first: number; readonly second: number } {
  const mu = 4 * order * order;
  const sums = [0, 0, 0, 0];
  let term = 1;
  for (let k = 0; k < 40 && Math.abs(term) > 1e-18; k += 1) {
    sums[k % 4] = at(sums, k % 4) + term;
    term *= (mu - (2 * k + 1) ** 2) / ((k + 1) * 8 * x);
  }
  const p = at(sums, 0) - at(sums, 2);
  const q = at(sums, 1) - at(sums, 3);
  const phase = x - (order / 2 + 0.25) * Math.PI;
  const scale = Math.sqrt(2 / (Math.PI * x));
  return {
    first: scale * (p * Math.cos(phase) - q * Math.sin(phase)),
    second: scale * (p * Math.sin(phase) + q * Math.cos(phase)),
  };
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}
