import { type JsonSchema, alternativesOf } from './json-schema.ts';

/** Schemas that may describe one value, with the root that their references are read from. */
export interface Described {
  readonly schemas: readonly JsonSchema[];
  readonly root: JsonSchema;
}

/** A schema as the root of a value. */
export function describedBy(root: JsonSchema): Described {
  return { schemas: partsOf(root, root), root };
}

/** What may describe the field `key`. */
export function fieldOf({ schemas, root }: Described, key: string): Described {
  return below(root, schemas, (schema) => fieldSchemas(schema, key));
}

/** What may describe the item at `index`. */
export function itemOf({ schemas, root }: Described, index: number): Described {
  return below(root, schemas, (schema) => itemSchemas(schema, index));
}

/** Whether `test` holds for a schema or for anything in it. */
export function someSchema(root: JsonSchema, test: (schema: JsonSchema) => boolean): boolean {
  const seen = new Set<unknown>();
  const visit = (part: unknown): boolean => {
    if (typeof part !== 'object' || part === null || seen.has(part)) return false;
    seen.add(part);
    if (!Array.isArray(part) && test(part as JsonSchema)) return true;
    return Object.values(part).some(visit);
  };
  return visit(root);
}

/** Whether a schema refers to another part of its document. */
export function hasReference(schema: JsonSchema): boolean {
  return someSchema(schema, ({ $ref }) => $ref !== undefined);
}

type Schemas = ReadonlyArray<JsonSchema | boolean | undefined>;

function below(
  root: JsonSchema,
  schemas: readonly JsonSchema[],
  select: (schema: JsonSchema) => Schemas,
): Described {
  return { schemas: schemas.flatMap(select).flatMap((schema) => partsOf(schema, root)), root };
}

/** The schema and all its branches: which of them describes a value does not matter for what is hidden. */
function partsOf(
  schema: JsonSchema | boolean | undefined,
  root: JsonSchema,
  seen: readonly JsonSchema[] = [],
): readonly JsonSchema[] {
  if (schema === true) return [{}];
  if (typeof schema !== 'object' || seen.includes(schema)) return [];
  const branches = [
    ...alternativesOf(schema),
    ...(schema.allOf ?? []),
    ...['if', 'then', 'else'].map((keyword) => schema[keyword] as JsonSchema | undefined),
    referred(schema['$ref'], root),
  ];
  const path = [...seen, schema];
  return [schema, ...branches.flatMap((branch) => partsOf(branch, root, path))];
}

function fieldSchemas(schema: JsonSchema, key: string): Schemas {
  const { properties, additionalProperties } = schema;
  const patterns = Object.entries((schema['patternProperties'] ?? {}) as Record<string, JsonSchema>)
    .filter(([pattern]) => new RegExp(pattern, 'u').test(key))
    .map(([, described]) => described);
  if (properties !== undefined && Object.hasOwn(properties, key)) return [properties[key], ...patterns];
  // Where no field is listed, every one is welcome.
  return [
    additionalProperties ?? properties === undefined,
    schema['unevaluatedProperties'] as JsonSchema | undefined,
    ...patterns,
  ];
}

function itemSchemas(schema: JsonSchema, index: number): Schemas {
  const { items, prefixItems } = schema;
  return [
    prefixItems?.[index] ?? items ?? true,
    schema['contains'] as JsonSchema | undefined,
    schema['unevaluatedItems'] as JsonSchema | undefined,
  ];
}

/** Where `#/…` leads in the same document; recursive schemas are written so. */
function referred(reference: unknown, root: JsonSchema): JsonSchema | undefined {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined;
  let target: unknown = root;
  for (const step of reference.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, key)) return undefined;
    target = (target as Record<string, unknown>)[key];
  }
  return target as JsonSchema;
}
