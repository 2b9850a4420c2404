import { type Json, type JsonObject, isJsonObject } from '../json.ts';
import type { JsonSchema } from './json-schema.ts';
import { secrecyOf, secretReferenceFrom, within } from './secrets.ts';
import { type Described, describedBy } from './subschemas.ts';

/** What stands in for a hidden value. */
export const REDACTED = '••••••';

const CREDENTIAL_NAME =
  /(api[-_]?key|secret|token|passw(or)?d|authorization|bearer|credential|private[-_]?key|access[-_]?key|cookie)/i;

/**
 * A copy that is safe to show: fields that the schema marks (`secret`, `writeOnly`, `format: password`)
 * and texts and lists of texts whose name says credential are replaced by {@link REDACTED}; empty strings and references
 * (`{secretKeyRef}`) stay.
 */
export function redact(value: Json, schema?: JsonSchema): Json {
  return redactWithin(value, schema, { maxChars: Number.POSITIVE_INFINITY, isHiddenByName: true });
}

/** How much is copied, and what is hidden of it. */
export interface RedactLimits {
  readonly maxChars: number;
  /** Whether a field is hidden because its name says credential. */
  readonly isHiddenByName: boolean;
}

/** Like {@link redact}, and leaves out what comes after about `maxChars` of JSON: the copy is then that long or longer. */
export function redactWithin(
  value: Json,
  schema: JsonSchema | undefined,
  { maxChars, isHiddenByName }: RedactLimits,
): Json {
  return redactBy(value, describedBy(schema ?? {}), { left: maxChars, isHiddenByName });
}

/** How many characters of JSON may still be taken. */
interface Room {
  left: number;
  readonly isHiddenByName: boolean;
}

function redactBy(value: Json, described: Described, room: Room): Json {
  if (value === '' || secretReferenceFrom(value) !== undefined) return take(value, room);
  const secrecy = secrecyOf(value, described);
  if (secrecy === 'hidden') return take(REDACTED, room);
  const part = (step: string | number): Described =>
    secrecy === 'mixed' ? within(described, step) : NOTHING;
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const [index, item] of (value as readonly Json[]).entries()) {
      if (room.left <= 0) break;
      items.push(redactBy(item, part(index), room));
    }
    return items;
  }
  if (!isJsonObject(value)) return take(value, room);
  const isHeader = isCredentialHeader(value);
  const fields: [string, Json][] = [];
  for (const key of Object.keys(value)) {
    if (room.left <= 0) break;
    const child = value[key] as Json;
    room.left -= key.length;
    const isNamed = room.isHiddenByName && ((isHeader && key === 'value') || CREDENTIAL_NAME.test(key));
    const isHidden = isNamed && isTexts(child);
    fields.push([key, isHidden ? take(REDACTED, room) : redactBy(child, part(key), room)]);
  }
  return Object.fromEntries(fields);
}

/** What describes a value of which no schema says anything. */
const NOTHING: Described = describedBy({});

/** Takes a value that is not walked; of a text as much as there is room for. */
function take(value: Json, room: Room): Json {
  const taken = typeof value === 'string' && value.length > room.left ? value.slice(0, room.left) : value;
  room.left -= typeof taken === 'string' ? taken.length + 2 : 1;
  return taken;
}

/** A text, or a list of texts such as the values of a query parameter. */
function isTexts(value: Json): boolean {
  if (!Array.isArray(value)) return typeof value === 'string' && value !== '';
  return value.length > 0 && value.every((item) => typeof item === 'string');
}

/** Header lists are arrays of `{key, value}`. */
function isCredentialHeader(value: JsonObject): boolean {
  return (
    typeof value['key'] === 'string' &&
    typeof value['value'] === 'string' &&
    CREDENTIAL_NAME.test(value['key'])
  );
}
