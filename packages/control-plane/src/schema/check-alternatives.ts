import type { Cause } from '../http/status.ts';
import { jsonEqual, type JsonValue } from '../json.ts';
import type { Schema } from './schema.ts';

/** What only the schema itself may say, so that one look at it tells the shape of an object. */
const STRUCTURE = {
  type: 'empty',
  title: 'empty',
  description: 'empty',
  default: 'undefined',
  additionalProperties: 'undefined',
  nullable: 'false',
  'x-kubernetes-preserve-unknown-fields': 'false',
  'x-kubernetes-embedded-resource': 'false',
  'x-kubernetes-int-or-string': 'false',
  'x-kubernetes-list-map-keys': 'empty',
  'x-kubernetes-list-type': 'undefined',
  'x-kubernetes-map-type': 'undefined',
  'x-kubernetes-validations': 'empty',
} as const;

type Structure = keyof typeof STRUCTURE;

const STRUCTURE_NAMES = Object.keys(STRUCTURE) as readonly Structure[];

/** The only alternatives that may give a type, and only where the schema says the same. */
const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];

/** What is wrong with the alternatives of a schema: they may restrict values, and may not give them a shape. */
export function checkAlternatives(schema: Schema, path: string): readonly Cause[] {
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true;
  const lists = isIntOrString ? [schema.anyOf, schema.allOf?.[0]?.anyOf] : [];
  const allowed = lists.filter((list) => jsonEqual(list as JsonValue | undefined, INT_OR_STRING));
  return checkParts(schema, path, new Set(allowed));
}

type Alternatives = readonly Schema[] | undefined;

function checkParts(schema: Schema, path: string, allowed: ReadonlySet<Alternatives>): readonly Cause[] {
  const lists = (['allOf', 'anyOf', 'oneOf'] as const).filter((name) => !allowed.has(schema[name]));
  const parts = lists.flatMap((name) =>
    (schema[name] ?? []).flatMap((part, index) => checkPart(part, `${path}.${name}[${index}]`, allowed)),
  );
  return schema.not ? [...parts, ...checkPart(schema.not, `${path}.not`, allowed)] : parts;
}

function checkPart(part: Schema, path: string, allowed: ReadonlySet<Alternatives>): readonly Cause[] {
  const causes = STRUCTURE_NAMES.filter((name) => isSaid(part, name)).map((name): Cause => {
    const message = `Forbidden: must be ${STRUCTURE[name]} to be structural`;
    return { reason: 'FieldValueForbidden', message, field: `${path}.${name}` };
  });
  const below = Object.entries(part.properties ?? {}).flatMap(([name, child]) =>
    checkPart(child, `${path}.properties[${name}]`, allowed),
  );
  const items = part.items ? checkPart(part.items, `${path}.items`, allowed) : [];
  return [...causes, ...below, ...items, ...checkParts(part, path, allowed)];
}

function isSaid(part: Schema, name: Structure): boolean {
  const value = part[name];
  if (STRUCTURE[name] === 'undefined') return value !== undefined;
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
