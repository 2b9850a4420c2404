import { ExpressionError } from './expression-error.ts';

/**
 * The indexes of `[start:end:step]` in an array of `length`; negative bounds count from the end.
 *
 * @throws ExpressionError `ARITHMETIC` for a step of 0.
 */
export function sliceIndexes(length: number, start?: number, end?: number, step = 1): readonly number[] {
  if (step === 0) throw new ExpressionError('ARITHMETIC', 'the step of a slice must not be 0');
  const fromEnd = (bound: number): number => (bound < 0 ? bound + length : bound);
  const indexes: number[] = [];
  if (step > 0) {
    const last = Math.min(fromEnd(end ?? length), length);
    for (let index = Math.max(fromEnd(start ?? 0), 0); index < last; index += step) indexes.push(index);
    return indexes;
  }
  const last = end === undefined ? -1 : Math.max(fromEnd(end), -1);
  // A start past the end still counts from there, so that steps land where they would in a longer array.
  const first = start === undefined ? length - 1 : Math.min(fromEnd(start), length);
  for (let index = first; index > last; index += step) if (index < length) indexes.push(index);
  return indexes;
}
