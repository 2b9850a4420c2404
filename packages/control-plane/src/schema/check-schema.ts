import { RE2JS } from 're2js';

import type { Cause } from '../http/status.ts';
import { checkAlternatives } from './check-alternatives.ts';
import { checkRules } from './check-rules.ts';
import { rootSchema, type Schema } from './schema.ts';
import { SchemaValidator } from './validate.ts';

/** What is wrong with the schema of a CustomResourceDefinition; `path` is where it stands. */
export function checkSchema(schema: Schema, path: string): readonly Cause[] {
  const causes: Cause[] = [];
  if (schema.type !== 'object') {
    const message = schema.type
      ? `Invalid value: ${JSON.stringify(schema.type)}: must be object at the root`
      : 'Required value: must not be empty at the root';
    causes.push({
      reason: schema.type ? 'FieldValueInvalid' : 'FieldValueRequired',
      message,
      field: `${path}.type`,
    });
  }
  walk(schema, path, causes);
  return [...causes, ...checkRules(rootSchema(schema), path)];
}

function walk(schema: Schema, path: string, causes: Cause[]): void {
  causes.push(
    ...checkPattern(schema, path),
    ...checkDefault(schema, path),
    ...checkAlternatives(schema, path),
    ...checkListKeys(schema, path),
  );
  if (schema.uniqueItems) {
    const message =
      'Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    causes.push({ reason: 'FieldValueForbidden', message, field: `${path}.uniqueItems` });
  }
  if (schema.properties && schema.additionalProperties) {
    const message = 'Forbidden: additionalProperties and properties are mutual exclusive';
    causes.push({ reason: 'FieldValueForbidden', message, field: `${path}.additionalProperties` });
  }
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    walkTyped(child, `${path}.properties[${name}]`, { what: 'object fields', causes });
  }
  if (schema.items) walkTyped(schema.items, `${path}.items`, { what: 'array items', causes });
  if (typeof schema.additionalProperties === 'object') {
    walkTyped(schema.additionalProperties, `${path}.additionalProperties`, { what: 'object fields', causes });
  }
}

function walkTyped(schema: Schema, path: string, { what, causes }: { what: string; causes: Cause[] }): void {
  const mayLackType = schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'];
  if (!schema.type && !mayLackType) {
    const message = `Required value: must not be empty for specified ${what}`;
    causes.push({ reason: 'FieldValueRequired', message, field: `${path}.type` });
  }
  walk(schema, path, causes);
}

function checkPattern({ pattern }: Schema, path: string): readonly Cause[] {
  if (pattern === undefined) return [];
  try {
    RE2JS.compile(pattern);
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `Invalid value: ${JSON.stringify(pattern)}: must be a valid regular expression, but isn't: ${why}`;
    return [{ reason: 'FieldValueInvalid', message, field: `${path}.pattern` }];
  }
}

function checkDefault(schema: Schema, path: string): readonly Cause[] {
  if (schema.default === undefined) return [];
  const field = `${path}.default`;
  return new SchemaValidator(schema).validate(schema.default).map((cause) => ({ ...cause, field }));
}

function checkListKeys(schema: Schema, path: string): readonly Cause[] {
  if (schema['x-kubernetes-list-type'] !== 'map') return [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (keys.length === 0) {
    const message = 'Required value: must not be empty if x-kubernetes-list-type is map';
    return [{ reason: 'FieldValueRequired', message, field: `${path}.x-kubernetes-list-map-keys` }];
  }
  return keys.flatMap((key, index): readonly Cause[] => {
    const property = schema.items?.properties?.[key];
    if (property && (schema.items?.required?.includes(key) || property.default !== undefined)) return [];
    const message = property
      ? 'Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'
      : `Invalid value: ${JSON.stringify(key)}: entries must all be names of item properties`;
    const field = property
      ? `${path}.items.properties[${key}].default`
      : `${path}.x-kubernetes-list-map-keys[${index}]`;
    return [{ reason: property ? 'FieldValueRequired' : 'FieldValueInvalid', message, field }];
  });
}
