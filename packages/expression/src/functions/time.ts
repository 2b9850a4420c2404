import { ExpressionError } from '../expression-error.ts';
import type { Value } from '../json.ts';
import { describe } from '../kind.ts';
import { textFromTimestamp } from '../timestamp.ts';
import { ANY, type FunctionDefinition, NUMBER, TEXT } from './function-definition.ts';

/** Functions on time. */
export const TIME: readonly FunctionDefinition[] = [
  {
    name: 'now',
    parameters: [{ name: 'unit', kinds: ANY, isOptional: true }],
    result: NUMBER,
    call: ([unit], { environment }) => now(unit, environment.now()),
  },
  {
    name: 'RFC3339',
    parameters: [{ name: 'time', kinds: ANY, isOptional: true }],
    result: TEXT,
    call: ([time], { environment }) => format(time, environment.now()),
  },
];

function now(unit: Value, nowMs: number): number {
  if (typeof unit !== 'string' || unit === 's') return Math.floor(nowMs / 1000);
  if (unit === 'ms') return Math.floor(nowMs);
  if (unit === 'ns') return Math.floor(nowMs) * 1_000_000;
  throw new ExpressionError(
    'TYPE',
    `now takes 's', 'ms' or 'ns', got ${describe(unit)} that is none of them`,
    { expected: "'s', 'ms' or 'ns'" },
  );
}

/** Formats seconds, milli-, micro- or nanoseconds, told apart by size; anything but a number is the current time. */
function format(time: Value, nowMs: number): string {
  const isTime = typeof time === 'number' || typeof time === 'bigint';
  const seconds = isTime ? secondsFrom(Number(time)) : Math.floor(nowMs / 1000);
  const text =
    Math.abs(seconds) < 1e12
      ? textFromTimestamp({ nanoseconds: BigInt(seconds) * 1_000_000_000n, offsetMinutes: 0 })
      : undefined;
  if (text !== undefined) return text;
  throw new ExpressionError('ARITHMETIC', 'RFC3339: the time is outside the years 0 to 9999');
}

function secondsFrom(time: number): number {
  const size = Math.abs(time);
  if (size < 1e11) return Math.floor(time);
  if (size < 1e14) return Math.floor(time / 1e3);
  return Math.floor(time / (size < 1e17 ? 1e6 : 1e9));
}
