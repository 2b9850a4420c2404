import { type Json, isJsonObject } from '../json.ts';
import type { JsonSchema } from './json-schema.ts';

/** What stands in for a hidden value. */
export const REDACTED = '••••••';

const CREDENTIAL_NAME =
  /(api[-_]?key|secret|token|passw(or)?d|authorization|bearer|credential|private[-_]?key|access[-_]?key|cookie)/i;

/**
 * A copy that is safe to show: fields that the schema marks (`secret`, `writeOnly`, `format: password`)
 * and fields whose name says credential are replaced by {@link REDACTED}; empty strings stay.
 */
export function redact(value: Json, schema?: JsonSchema): Json {
  if (isSecret(schema) && value !== null && value !== '') return REDACTED;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => redact(item, schema?.items));
  if (!isJsonObject(value)) return value;
  if (isCredentialHeader(value)) return { ...value, value: REDACTED };
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      typeof child === 'string' && child !== '' && CREDENTIAL_NAME.test(key) ? REDACTED : redact(child, schema?.properties?.[key]),
    ]),
  );
}

function isSecret(schema: JsonSchema | undefined): boolean {
  return schema !== undefined && (schema.secret === true || schema['writeOnly'] === true || schema['format'] === 'password');
}

/** Header lists are arrays of `{key, value}`. */
function isCredentialHeader(value: Json): boolean {
  return isJsonObject(value) && typeof value['key'] === 'string' && typeof value['value'] === 'string' && CREDENTIAL_NAME.test(value['key']);
}
