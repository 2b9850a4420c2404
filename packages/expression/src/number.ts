const INTEGER = /^-?\d+$/;
/** Reading and writing decimal digits takes more than linear time. */
const MAX_DIGITS = 1000;

/** The number a text stands for, as a bigint where a number would lose digits; `undefined` when it is too large. */
export function numberFromText(text: string): number | bigint | undefined {
  const value = Number(text);
  if (Number.isSafeInteger(value) || !INTEGER.test(text)) return Number.isFinite(value) ? value : undefined;
  return text.length > MAX_DIGITS ? undefined : BigInt(text);
}
