import { type Json, type JsonObject, isJsonObject } from '../json.ts';
import type { JsonSchema } from './json-schema.ts';
import { type Described, describedBy, fieldOf, hasReference, itemOf, someSchema } from './subschemas.ts';

/** Where a secret is kept: a key of a Secret in the node's namespace. */
export interface SecretReference {
  readonly name: string;
  readonly key: string;
}

/** The form `{secretKeyRef: {name, key}}` of a settings field that is declared secret. */
const REFERENCE_SCHEMA: JsonSchema = {
  type: 'object',
  title: 'Reference to a Secret',
  properties: {
    secretKeyRef: {
      type: 'object',
      properties: { name: { type: 'string', minLength: 1 }, key: { type: 'string', minLength: 1 } },
      required: ['name', 'key'],
      additionalProperties: false,
    },
  },
  required: ['secretKeyRef'],
  additionalProperties: false,
};

/** What says something about a secret field in either form. */
const ABOUT_BOTH = new Set([
  'title',
  'description',
  'default',
  'secret',
  'writeOnly',
  'configurable',
  'shared',
  'tab',
]);

/** Whether a schema says that its value is never shown. */
export function isSecret(schema: JsonSchema): boolean {
  return schema.secret === true || schema['writeOnly'] === true || schema['format'] === 'password';
}

/** Whether anything that a schema describes is secret. */
export function hasSecrets(schema: JsonSchema): boolean {
  let has = known.get(schema);
  if (has === undefined) known.set(schema, (has = someSchema(schema, isSecret)));
  return has;
}

const known = new WeakMap<JsonSchema, boolean>();

function holdsSecrets({ schemas, root }: Described): boolean {
  if (!hasSecrets(root)) return false;
  return schemas.some((schema) => hasSecrets(schema) || hasReference(schema));
}

/** The value as a reference; `undefined` when it is anything else, or more than one. */
export function secretReferenceFrom(value: Json): SecretReference | undefined {
  const reference = onlyKeys(value, ['secretKeyRef'])?.['secretKeyRef'];
  const { name, key } = onlyKeys(reference, ['name', 'key']) ?? {};
  return typeof name === 'string' && typeof key === 'string' ? { name, key } : undefined;
}

/** The schema of settings as flow authors write them: each secret field takes its value or a reference to it. */
export function withSecretReferences(schema: JsonSchema): JsonSchema {
  return hasSecrets(schema) ? (eitherForm(schema) as JsonSchema) : schema;
}

/**
 * A copy in which `replace` has taken the place of every value that may be secret; what is null stays. That is also what
 * does not fit: a text where the schema wants something with secrets in it, and a field that such an object does not have.
 */
export function mapSecrets(
  value: Json,
  schema: JsonSchema,
  replace: (secret: Json, path: string) => Json,
): Json {
  const map = (part: Json, described: Described, path: string): Json => {
    const secrecy = secrecyOf(part, described);
    if (secrecy === 'hidden') return replace(part, path);
    if (secrecy === 'shown') return part;
    if (Array.isArray(part))
      return part.map((item: Json, index) => map(item, within(described, index), `${path}[${index}]`));
    return Object.fromEntries(
      Object.entries(part as JsonObject).map(([key, field]) => [
        key,
        map(field, within(described, key), path === '' ? key : `${path}.${key}`),
      ]),
    );
  };
  return map(value, describedBy(schema), '');
}

/** Whether a value is secret, or an array or object that may hold secrets, or neither. */
export function secrecyOf(value: Json, described: Described): 'shown' | 'hidden' | 'mixed' {
  if (value === null) return 'shown';
  if (described.schemas.some(isSecret)) return 'hidden';
  if (!holdsSecrets(described)) return 'shown';
  return typeof value === 'object' ? 'mixed' : 'hidden';
}

/** What describes a part of an array or object that may hold secrets: what nothing describes is secret there. */
export function within(described: Described, step: string | number): Described {
  const inner = typeof step === 'number' ? itemOf(described, step) : fieldOf(described, step);
  return inner.schemas.length === 0 ? { ...inner, schemas: [{ secret: true }] } : inner;
}

/** Whether the value at a path is secret, or in something secret, or may hold something secret. */
export function mayBeSecret(schema: JsonSchema, path: ReadonlyArray<string | number>): boolean {
  let described = describedBy(schema);
  for (const step of path) {
    if (described.schemas.some(isSecret)) return true;
    described = typeof step === 'number' ? itemOf(described, step) : fieldOf(described, step);
  }
  return holdsSecrets(described);
}

/** The texts in a value that may be secret, numbers as text; to find them where they must not be. */
export function secretTexts(value: Json, schema: JsonSchema): readonly string[] {
  const texts: string[] = [];
  const collect = (part: Json): void => {
    if (typeof part === 'string') texts.push(part);
    else if (typeof part === 'number' || typeof part === 'bigint') texts.push(String(part));
    else if (typeof part === 'object' && part !== null) Object.values(part).forEach(collect);
  };
  mapSecrets(value, schema, (secret) => {
    if (secretReferenceFrom(secret) === undefined) collect(secret);
    return secret;
  });
  return texts;
}

function eitherForm(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema);
  if (!isSecret(schema as JsonSchema))
    return Object.fromEntries(entries.map(([keyword, part]) => [keyword, withinKeyword(keyword, part)]));
  const own = entries.filter(([keyword]) => !ABOUT_BOTH.has(keyword));
  const common = entries.filter(([keyword]) => ABOUT_BOTH.has(keyword));
  if (own.length === 0) return schema; // Takes anything.
  return { ...Object.fromEntries(common), anyOf: [Object.fromEntries(own), REFERENCE_SCHEMA] };
}

const SCHEMAS_BY_NAME = new Set(['properties', 'patternProperties', '$defs']);
const SCHEMA_LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const SCHEMAS = new Set(['items', 'additionalProperties', 'if', 'then', 'else', 'contains']);

function withinKeyword(keyword: string, part: unknown): unknown {
  if (SCHEMAS.has(keyword)) return eitherForm(part);
  if (SCHEMA_LISTS.has(keyword)) return (part as readonly unknown[]).map(eitherForm);
  if (!SCHEMAS_BY_NAME.has(keyword)) return part;
  return Object.fromEntries(
    Object.entries(part as object).map(([name, schema]) => [name, eitherForm(schema)]),
  );
}

function onlyKeys(
  value: Json | undefined,
  keys: readonly string[],
): { readonly [key: string]: Json } | undefined {
  if (!isJsonObject(value)) return undefined;
  const found = Object.keys(value);
  return found.length === keys.length && keys.every((key) => found.includes(key)) ? value : undefined;
}
