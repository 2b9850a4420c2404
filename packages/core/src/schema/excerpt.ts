import { stringifyJson } from '../json-text.ts';
import type { Json } from '../json.ts';
import type { JsonSchema } from './json-schema.ts';
import { redactWithin } from './redact.ts';

/** The most that is shown of one message, bytes of JSON. */
export const MAX_EXCERPT_BYTES = 16 * 1024;
/** Ends an excerpt that is not the whole. */
export const CUT_MARK = '… (cut)';

/** What an excerpt hides: secrets and what is called like one, or only what the schema calls secret. */
export type ExcerptDetail = 'redacted' | 'full';

/**
 * A value as people may see it: redacted by its schema as `redact` does, as JSON text, cut after 16 KiB. Of a larger
 * value only the part that is shown is looked at.
 */
export function excerptOf(value: Json, schema?: JsonSchema, detail: ExcerptDetail = 'redacted'): string {
  const limits = { maxChars: MAX_EXCERPT_BYTES + 1, isHiddenByName: detail === 'redacted' };
  const text = stringifyJson(redactWithin(value, schema, limits));
  if (text.length * 3 <= MAX_EXCERPT_BYTES) return text;
  const { read } = ENCODER.encodeInto(text, SCRATCH);
  return read === text.length ? text : text.slice(0, read) + CUT_MARK;
}

const ENCODER = new TextEncoder();
/** Written to find out how many characters fit, and never read. */
const SCRATCH = new Uint8Array(MAX_EXCERPT_BYTES);
