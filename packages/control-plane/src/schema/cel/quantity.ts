const QUANTITY = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([eE])([+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?)$/;
const NANOS = 9;
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const MAX_INT = 2n ** 63n - 1n;
/** Larger exponents say nothing that a resource could be. */
const MAX_EXPONENT = 300;

/** An amount of a resource, exact to a billionth. */
export class Quantity {
  readonly #nanos: bigint;

  constructor(nanos: bigint) {
    this.#nanos = nanos;
  }

  static of(whole: bigint): Quantity {
    return new Quantity(whole * 10n ** BigInt(NANOS));
  }

  static isQuantity(text: string): boolean {
    return QUANTITY.test(text);
  }

  /** @throws RangeError for text that is no quantity. */
  static parse(text: string): Quantity {
    const match = QUANTITY.exec(text);
    const [, sign, digits = '', , exponent, suffix = ''] = match ?? [];
    const power = exponent === undefined ? (DECIMAL[suffix] ?? 0) : Number(exponent);
    if (!match || Math.abs(power) > MAX_EXPONENT)
      throw new RangeError(
        "quantity parse error during conversion from string: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
    const [whole = '', fraction = ''] = digits.split('.');
    const mantissa = BigInt(whole + fraction) << (BINARY[suffix] ?? 0n);
    const scale = NANOS + power - fraction.length;
    const nanos = scale >= 0 ? mantissa * 10n ** BigInt(scale) : roundedUp(mantissa, 10n ** BigInt(-scale));
    return new Quantity(sign === '-' ? -nanos : nanos);
  }

  get isInteger(): boolean {
    const whole = this.#nanos / 10n ** BigInt(NANOS);
    return this.#nanos % 10n ** BigInt(NANOS) === 0n && whole <= MAX_INT && whole >= -MAX_INT - 1n;
  }

  /** @throws RangeError when it is not whole or too large. */
  asInteger(): bigint {
    if (!this.isInteger) throw new RangeError('cannot convert value to integer');
    return this.#nanos / 10n ** BigInt(NANOS);
  }

  asApproximateFloat(): number {
    return Number(this.#nanos) / 10 ** NANOS;
  }

  add(other: Quantity): Quantity {
    return new Quantity(this.#nanos + other.#nanos);
  }

  subtract(other: Quantity): Quantity {
    return new Quantity(this.#nanos - other.#nanos);
  }

  compareTo(other: Quantity): -1 | 0 | 1 {
    if (this.#nanos === other.#nanos) return 0;
    return this.#nanos < other.#nanos ? -1 : 1;
  }

  equals(other: unknown): boolean {
    return other instanceof Quantity && other.#nanos === this.#nanos;
  }
}

function roundedUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
