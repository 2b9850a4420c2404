import { RE2JS } from 're2js';
import { ExpressionError } from './expression-error.ts';
import { type Value } from './json.ts';
import { describe } from './kind.ts';
import { MAX_PATTERN_LENGTH, MAX_PATTERN_SIZE } from './limits.ts';
import type { Scope } from './scope.ts';

const REPETITION = /\{(\d{1,9})(?:,(\d{0,9}))?\}/g;

const UNICODE_CLASS = /\\[pP]/g;

/** How many plain characters a Unicode class, such as `\pL`, counts for. */
const CLASS_SIZE = 400;

/** What compiling a pattern is worth, and each plain character of it. */
const COMPILE_STEPS = 200;
const CHARACTER_STEPS = 5;

/** Tests whether a text contains a match. */
export type Matcher = (text: string, scope: Scope) => boolean;

/**
 * Compiles an RE2 pattern, which matches in time linear in the text.
 *
 * @throws ExpressionError `PATTERN` when it is no pattern, `LIMIT` when it is too large.
 */
export function compilePattern(pattern: string): Matcher {
  if (pattern.length > MAX_PATTERN_LENGTH || sizeOf(pattern) > MAX_PATTERN_SIZE) {
    throw new ExpressionError('LIMIT', 'the regular expression is too large; shorten it or repeat less');
  }
  const regex = compileRe2(pattern);
  const size = regex.programSize();
  return (text, scope) => {
    scope.charge(1 + ((text.length * size) >> 5));
    return regex.test(text);
  };
}

/** `text =~ pattern` with a pattern known only at run time; the last one compiled is kept per place of use. */
export function dynamicMatch(): (text: Value, pattern: Value, scope: Scope) => boolean {
  let source: string | undefined;
  let matcher: Matcher | undefined;
  return (text, pattern, scope) => {
    if (text === undefined || pattern === undefined) return false;
    const checked = textOf(text);
    const wanted = textOf(pattern);
    if (matcher === undefined || source !== wanted) {
      scope.charge(COMPILE_STEPS + CHARACTER_STEPS * sizeOf(wanted));
      matcher = compilePattern(wanted);
      source = wanted;
    }
    return matcher(checked, scope);
  };
}

/** `text =~ 'pattern'` with a compiled pattern. */
export function staticMatch(matcher: Matcher): (text: Value, scope: Scope) => boolean {
  return (text, scope) => text !== undefined && matcher(textOf(text), scope);
}

function compileRe2(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const reason =
      error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error);
    const detail = reason ? `: ${String(error.message)}` : '';
    throw new ExpressionError('PATTERN', `the regular expression does not compile${detail}`, {
      cause: error,
    });
  }
}

/** What the compiled pattern takes, in plain characters: the more, the more often its parts are repeated. */
function sizeOf(pattern: string): number {
  const classes = [...pattern.matchAll(UNICODE_CLASS)].length;
  return (pattern.length + CLASS_SIZE * classes) * repetitions(pattern);
}

/** One plus the sum of all counted repetitions. */
function repetitions(pattern: string): number {
  let sum = 1;
  for (const [, low, high] of pattern.matchAll(REPETITION)) sum += Math.max(Number(low), Number(high ?? 0));
  return sum;
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  throw new ExpressionError(
    'TYPE',
    `'=~' needs text on both sides, got ${describe(value)}; convert it with string(x)`,
    { expected: 'a string' },
  );
}
