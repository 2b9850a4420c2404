import { type Json, type JsonObject, isJsonObject } from '../json.ts';
import { type JsonSchema, alternativesOf } from './json-schema.ts';

/** What stands in for a hidden value. */
export const REDACTED = '••••••';

const CREDENTIAL_NAME =
  /(api[-_]?key|secret|token|passw(or)?d|authorization|bearer|credential|private[-_]?key|access[-_]?key|cookie)/i;

/**
 * A copy that is safe to show: fields that the schema marks (`secret`, `writeOnly`, `format: password`)
 * and fields whose name says credential are replaced by {@link REDACTED}; empty strings and references
 * (`{secretKeyRef}`) stay.
 */
export function redact(value: Json, schema?: JsonSchema): Json {
  return redactBy(value, schema === undefined ? [] : partsOf(schema));
}

/** @param schemas - all that may describe the value; one that calls it secret is enough. */
function redactBy(value: Json, schemas: readonly JsonSchema[]): Json {
  if (value === null || value === '' || isReference(value)) return value;
  if (schemas.some(isSecret)) return REDACTED;
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item, index) =>
      redactBy(
        item,
        schemas.flatMap((schema) => itemParts(schema, index)),
      ),
    );
  }
  if (!isJsonObject(value)) return value;
  if (isCredentialHeader(value)) return { ...value, value: REDACTED };
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      typeof child === 'string' && child !== '' && CREDENTIAL_NAME.test(key)
        ? REDACTED
        : redactBy(
            child,
            schemas.flatMap((schema) => fieldParts(schema, key)),
          ),
    ]),
  );
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
