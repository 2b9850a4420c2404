import { isJsonArray, isJsonObject, type JsonValue } from '../json.ts';
import { readJson } from '../exact-json.ts';

/** How deep a body may nest. A real server stops at 10,000; whoever walks through an object here needs a stack for it. */
export const MAX_DEPTH = 1_000;

/** The bracket that opens one level too many; `undefined` when `value` is no deeper than allowed. */
export function tooDeepBracket(value: JsonValue, depth = 1): '[' | '{' | undefined {
  const isList = isJsonArray(value);
  if (!isList && !isJsonObject(value)) return undefined;
  if (depth > MAX_DEPTH) return isList ? '[' : '{';
  for (const member of isList ? value : Object.values(value)) {
    const bracket = member === undefined ? undefined : tooDeepBracket(member, depth + 1);
    if (bracket !== undefined) return bracket;
  }
  return undefined;
}

/**
 * Whether YAML opens more levels in one go than allowed: such a text is refused before the parser spends seconds on it.
 * What nests as deep in any other way is found once it has been parsed.
 */
export function opensTooDeep(source: string): boolean {
  let levels = 0;
  for (let at = 0; at < source.length && levels <= MAX_DEPTH; at += 1) {
    const character = source[at];
    const isItem = character === '-' && source[at + 1] === ' ';
    if (character === '[' || character === '{' || isItem) levels += 1;
    else if (character !== ' ') levels = 0;
  }
  return levels > MAX_DEPTH;
}

/** As `JSON.parse`, but not deeper than allowed. */
export function parseJson(source: string): JsonValue {
  const value = readJson(source);
  // Each level takes two characters: what is shorter need not be looked at.
  const bracket = source.length > 2 * MAX_DEPTH ? tooDeepBracket(value) : undefined;
  if (bracket !== undefined) throw new SyntaxError(`invalid character '${bracket}' exceeded max depth`);
  return value;
}
