import type { Json } from '../json.ts';

/** A JSON Schema, draft 2020-12, with our keywords. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  /** The flow author may give this field a schema of their own. */
  readonly configurable?: boolean;
  /** Never shown in status, spans, logs, events or on the command line. */
  readonly secret?: boolean;
}

/** Accepts any value. */
export const ANY_SCHEMA: JsonSchema = {};

/** The alternatives of a schema: its `anyOf` and `oneOf` branches. */
export function alternativesOf(schema: JsonSchema): readonly JsonSchema[] {
  return [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
}
