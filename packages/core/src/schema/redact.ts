import { type Json, type JsonObject, isJsonObject } from '../json.ts';
import { type JsonSchema, alternativesOf } from './json-schema.ts';

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
  return redactWithin(value, schema, Number.POSITIVE_INFINITY);
}

/** Like {@link redact}, and leaves out what comes after about `maxChars` of JSON: the copy is then that long or longer. */
export function redactWithin(value: Json, schema: JsonSchema | undefined, maxChars: number): Json {
  return redactBy(value, schema === undefined ? [] : partsOf(schema), { left: maxChars });
}

/** How many characters of JSON may still be taken. */
interface Room {
  left: number;
}

/** @param schemas - all that may describe the value; one that calls it secret is enough. */
function redactBy(value: Json, schemas: readonly JsonSchema[], room: Room): Json {
  if (value === null || value === '' || isReference(value)) return take(value, room);
  if (schemas.some(isSecret)) return take(REDACTED, room);
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const [index, item] of (value as readonly Json[]).entries()) {
      if (room.left <= 0) break;
      const parts = schemas.flatMap((schema) => itemParts(schema, index));
      items.push(redactBy(item, parts, room));
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
    const isNamed = (isHeader && key === 'value') || CREDENTIAL_NAME.test(key);
    const parts = isNamed && isTexts(child) ? HIDDEN : schemas.flatMap((schema) => fieldParts(schema, key));
    fields.push([key, redactBy(child, parts, room)]);
  }
  return Object.fromEntries(fields);
}

/** Takes a value that is not walked; of a text as much as there is room for. */
function take(value: Json, room: Room): Json {
  const taken = typeof value === 'string' && value.length > room.left ? value.slice(0, room.left) : value;
  room.left -= typeof taken === 'string' ? taken.length + 2 : 1;
  return taken;
}

/** The schema and all its branches: which of them describes a value does not matter for what is hidden. */
function partsOf(schema: JsonSchema): readonly JsonSchema[] {
  const branches = [...alternativesOf(schema), ...(schema.allOf ?? [])];
  return branches.length === 0 ? [schema] : [schema, ...branches.flatMap(partsOf)];
}

function fieldParts({ properties, additionalProperties }: JsonSchema, key: string): readonly JsonSchema[] {
  const own =
    properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
  return typeof own === 'object' ? partsOf(own) : [];
}

function itemParts({ items, prefixItems }: JsonSchema, index: number): readonly JsonSchema[] {
  const own = prefixItems?.[index] ?? items;
  return typeof own === 'object' ? partsOf(own) : [];
}

/** Whether a schema says that its value is never shown. */
export function isSecret(schema: JsonSchema): boolean {
  return schema.secret === true || schema['writeOnly'] === true || schema['format'] === 'password';
}

const HIDDEN: readonly JsonSchema[] = [{ secret: true }];

/** A text, or a list of texts such as the values of a query parameter. */
function isTexts(value: Json): boolean {
  if (!Array.isArray(value)) return typeof value === 'string';
  return value.length > 0 && value.every((item) => typeof item === 'string');
}

function isReference(value: Json): boolean {
  return isJsonObject(value) && isJsonObject(value['secretKeyRef']) && Object.keys(value).length === 1;
}

/** Header lists are arrays of `{key, value}`. */
function isCredentialHeader(value: JsonObject): boolean {
  return (
    typeof value['key'] === 'string' &&
    typeof value['value'] === 'string' &&
    CREDENTIAL_NAME.test(value['key'])
  );
}
