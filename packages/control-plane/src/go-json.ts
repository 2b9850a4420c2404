import type { JsonValue } from './json.ts';
import { writeJson } from './exact-json.ts';

const ESCAPED: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** JSON as Go writes it: safe to put into HTML. Real servers show values so in their texts. */
export function goJson(value: JsonValue): string {
  return writeJson(value).replace(/[<>&\u2028\u2029]/g, (character) => ESCAPED[character] ?? character);
}
