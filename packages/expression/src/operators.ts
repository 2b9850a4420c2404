import { durationFromText, isDuration, textFromDuration } from './duration.ts';
import { ExpressionError } from './expression-error.ts';
import { type Value } from './json.ts';
import { describe } from './kind.ts';
import type { Scope } from './scope.ts';
import { joined } from './text.ts';
import { textFromTimestamp, type Timestamp, timestampFromText } from './timestamp.ts';

/** What reading two texts as times or durations is worth, in steps. */
const TEMPORAL_STEPS = 50;

/** `a + b`: numbers, durations, a time and a duration, or text. */
export function add(left: Value, right: Value, scope: Scope): Value {
  if (typeof left === 'number' && typeof right === 'number') return finite(left + right);
  if (typeof left !== 'string' || typeof right !== 'string') throw wrongTypes('add', left, right);
  if (!mayBeTemporal(left) || !mayBeTemporal(right)) return joined([left, right]);
  scope.charge(TEMPORAL_STEPS);
  const [leftDuration, rightDuration] = [durationFromText(left), durationFromText(right)];
  if (leftDuration !== undefined && rightDuration !== undefined)
    return durationText(leftDuration + rightDuration);
  const shift = leftDuration ?? rightDuration;
  const time = shift === undefined ? undefined : timestampFromText(leftDuration === undefined ? left : right);
  return shift === undefined || time === undefined ? joined([left, right]) : timeText(time, shift);
}

/** `a - b`: numbers, durations, or a time and a duration. */
export function subtract(left: Value, right: Value, scope: Scope): Value {
  if (typeof left === 'number' && typeof right === 'number') return finite(left - right);
  if (typeof left !== 'string' || typeof right !== 'string') throw wrongTypes('subtract', left, right);
  scope.charge(TEMPORAL_STEPS);
  const [leftDuration, rightDuration] = [durationFromText(left), durationFromText(right)];
  if (leftDuration !== undefined && rightDuration !== undefined)
    return durationText(leftDuration - rightDuration);
  const shift = leftDuration ?? rightDuration;
  const time = shift === undefined ? undefined : timestampFromText(leftDuration === undefined ? left : right);
  if (shift === undefined || time === undefined) {
    throw new ExpressionError(
      'TYPE',
      "'-' takes numbers, durations such as '1h30m', or an RFC 3339 time and a duration",
      { expected: 'durations, or a time and a duration' },
    );
  }
  return timeText(time, -shift);
}

export function multiply(left: Value, right: Value): number {
  if (typeof left === 'number' && typeof right === 'number') return finite(left * right);
  throw wrongTypes('multiply', left, right);
}

export function divide(left: Value, right: Value): number {
  if (typeof left !== 'number' || typeof right !== 'number') throw wrongTypes('divide', left, right);
  if (right === 0) throw byZero();
  return finite(left / right);
}

export function remainder(left: Value, right: Value): number {
  const [dividend, divisor] = [integer(left, '%'), integer(right, '%')];
  if (divisor === 0) throw byZero();
  return (dividend % divisor) + 0;
}

export function power(left: Value, right: Value): number {
  if (typeof left === 'number' && typeof right === 'number') return finite(left ** right);
  throw wrongTypes('raise', left, right);
}

export function negate(value: Value): number {
  if (typeof value === 'number') return 0 - value;
  throw new ExpressionError('TYPE', `'-' needs a number, got ${describe(value)}`, { expected: 'a number' });
}

const BITS = {
  '&': (left: bigint, right: bigint): bigint => left & right,
  '|': (left: bigint, right: bigint): bigint => left | right,
  '^': (left: bigint, right: bigint): bigint => left ^ right,
  '&^': (left: bigint, right: bigint): bigint => left & ~right,
  '<<': (left: bigint, right: bigint): bigint => left << shiftWidth(right),
  '>>': (left: bigint, right: bigint): bigint => left >> shiftWidth(right),
} as const;

export type BitOperator = keyof typeof BITS;

/** The operator on signed 64-bit integers. */
export function bits(operator: BitOperator): (left: Value, right: Value) => number {
  const compute = BITS[operator];
  return (left, right) => {
    const result = compute(BigInt(integer(left, operator)), BigInt(integer(right, operator)));
    return Number(BigInt.asIntN(64, result));
  };
}

/** Returns `value` without a negative zero. @throws ExpressionError `ARITHMETIC` for NaN and the infinities. */
export function finite(value: number): number {
  if (Number.isFinite(value)) return value + 0;
  throw new ExpressionError(
    'ARITHMETIC',
    'the result is not a finite number; check the range of the operands',
  );
}

/** @throws ExpressionError `TYPE` unless the value is an integer of at most 64 bits. */
export function integer(value: Value, user: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2 ** 63) return value;
  const found = typeof value === 'number' ? String(value) : describe(value);
  throw new ExpressionError('TYPE', `'${user}' needs an integer, got ${found}; round it with int(x)`, {
    expected: 'an integer',
  });
}

/** A shift by 64 or more moves every bit out. */
function shiftWidth(width: bigint): bigint {
  if (width < 0n) throw new ExpressionError('ARITHMETIC', 'a shift width must not be negative');
  return width > 64n ? 64n : width;
}

/** Cheap test in front of the two parsers: both kinds of text start with a digit, a sign or a point. */
function mayBeTemporal(text: string): boolean {
  const code = text.charCodeAt(0);
  return (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46;
}

function durationText(nanoseconds: bigint): string {
  if (isDuration(nanoseconds)) return textFromDuration(nanoseconds);
  throw new ExpressionError('ARITHMETIC', 'the duration is longer than 292 years');
}

function timeText(time: Timestamp, shift: bigint): string {
  const text = textFromTimestamp({ ...time, nanoseconds: time.nanoseconds + shift });
  if (text !== undefined) return text;
  throw new ExpressionError('ARITHMETIC', 'the time is outside the years 0 to 9999');
}

function wrongTypes(verb: string, left: Value, right: Value): ExpressionError {
  return new ExpressionError(
    'TYPE',
    `cannot ${verb} ${describe(left)} and ${describe(right)}; ${adviceFor(left, right)}`,
    { expected: verb === 'add' || verb === 'subtract' ? 'two numbers or two strings' : 'two numbers' },
  );
}

function adviceFor(left: Value, right: Value): string {
  if (left === undefined || right === undefined) return 'check the path, or give a default with a ? b : c';
  if (typeof left === 'bigint' || typeof right === 'bigint')
    return 'such an integer can be compared and passed on, but not computed with';
  return 'convert one side with string(x) or int(x)';
}

function byZero(): ExpressionError {
  return new ExpressionError('ARITHMETIC', 'division by zero; test the divisor first: b == 0 ? 0 : a / b');
}
