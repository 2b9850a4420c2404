import { type Json, type JsonSchema, alternativesOf } from '@tinysystems/core';
import {
  BOOLEAN,
  type Field,
  MISSING,
  NEVER,
  NULL,
  type ObjectType,
  type Type,
  alternativesOfType,
  anyType,
  typeOfJson,
  unionOf,
} from './type.ts';

const known = new WeakMap<JsonSchema, Type>();
const OPEN = 'the schema says nothing about it';
const TOGETHER = 'the schema is put together with allOf';
/** An enum with more values counts as its kinds. */
const MAX_VALUES = 50;

/**
 * The type of the values that a schema accepts. Keywords that only narrow it further and are not followed (`not`,
 * `if`, `$ref` …) leave a larger type, never a smaller one.
 */
export function typeFromSchema(schema: JsonSchema | boolean): Type {
  if (typeof schema !== 'object') return schema ? anyType(OPEN) : NEVER;
  const before = known.get(schema);
  if (before !== undefined) return before;
  const type = read(schema);
  known.set(schema, type);
  return type;
}

function read(schema: JsonSchema): Type {
  const values = valuesOf(schema);
  if (values !== undefined) return unionOf(values.map(typeOfJson));
  if (schema.type !== undefined) return typed(schema);
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return unionOf(alternatives.map(typeFromSchema));
  if (schema.allOf !== undefined && schema.allOf.length > 0) return allOf(schema.allOf);
  if (schema['$ref'] !== undefined) return anyType('the schema has a $ref, which is not followed');
  return anyType(schema.configurable === true ? 'nobody has said what this configurable field holds' : OPEN);
}

function valuesOf(schema: JsonSchema): readonly Json[] | undefined {
  if (schema['const'] !== undefined) return [schema['const'] as Json];
  const { enum: values } = schema;
  return values !== undefined && values.length <= MAX_VALUES ? values : undefined;
}

function typed(schema: JsonSchema): Type {
  const { type = [] } = schema;
  const names = typeof type === 'string' ? [type] : type;
  return unionOf(names.map((name) => typeNamed(name, schema)));
}

function typeNamed(name: string, schema: JsonSchema): Type {
  switch (name) {
    case 'null':
      return NULL;
    case 'boolean':
      return BOOLEAN;
    case 'integer':
    case 'number':
    case 'string':
      return { kind: name, schema };
    case 'array':
      return { kind: 'array', items: itemsOf(schema), schema };
    case 'object':
      return objectType(schema);
    default:
      return anyType(`the schema has the type ${name}, which is none`);
  }
}

function itemsOf({ items, prefixItems = [] }: JsonSchema): Type {
  const rest =
    items === undefined ? anyType('the schema says nothing about the items') : typeFromSchema(items);
  return unionOf([...prefixItems.map(typeFromSchema), rest]);
}

function objectType(schema: JsonSchema, isOpen = false): ObjectType {
  const { properties, required = [], additionalProperties } = schema;
  const fields = new Map<string, Field>();
  for (const [name, property] of Object.entries(properties ?? {}))
    fields.set(name, { type: typeFromSchema(property), isOptional: !required.includes(name) });
  for (const name of required)
    if (!fields.has(name)) fields.set(name, { type: anyType(OPEN), isOptional: false });
  const isClosed =
    additionalProperties === false ||
    (additionalProperties === undefined && properties !== undefined && !isOpen);
  const rest = isClosed ? undefined : additionalProperties;
  return {
    kind: 'object',
    fields,
    rest: isClosed && schema['patternProperties'] === undefined ? undefined : typeFromSchema(rest ?? true),
    schema,
  };
}

/** The parts see each other's fields, so none of them closes the object, nor one below it. */
function allOf(parts: readonly JsonSchema[]): Type {
  const objects = parts.filter(({ type }) => type === 'object').map((part) => objectType(part, true));
  if (objects.length < parts.length) return anyType(TOGETHER);
  const fields = new Map<string, Field>();
  for (const [name, field] of objects.flatMap((object) => [...object.fields])) {
    const type = hasContainers(field.type) ? anyType(TOGETHER) : field.type;
    const isOptional = field.isOptional && fields.get(name)?.isOptional !== false;
    fields.set(name, { type, isOptional });
  }
  return { kind: 'object', fields, rest: anyType(TOGETHER) };
}

function hasContainers(type: Type): boolean {
  return alternativesOfType(type).some(({ kind }) => kind === 'object' || kind === 'array');
}

/** What a field holds, `missing` included. */
export function fieldType({ type, isOptional }: Field): Type {
  return isOptional ? unionOf([type, MISSING]) : type;
}
