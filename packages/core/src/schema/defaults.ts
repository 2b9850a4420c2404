import { type Json, type JsonObject, isJsonObject } from '../json.ts';
import type { JsonSchema } from './json-schema.ts';

/** Fills in defaults: returns its argument when nothing was missing, else a copy along the changed paths. */
export type FillDefaults = (value: Json) => Json;

/** Compiles the defaults of a schema; a schema without any gives the identity. */
export function compileDefaults(schema: JsonSchema): FillDefaults {
  return compile(schema) ?? ((value) => value);
}

function compile(schema: JsonSchema): FillDefaults | undefined {
  if (schema.properties !== undefined) return compileProperties(schema.properties);
  if (schema.items !== undefined) return compileItems(schema.items);
  return undefined;
}

function compileProperties(properties: Readonly<Record<string, JsonSchema>>): FillDefaults | undefined {
  const fields = Object.entries(properties)
    .map(([name, property]) => ({ name, fallback: property.default, fill: compile(property) }))
    .filter((field) => field.fallback !== undefined || field.fill !== undefined);
  if (fields.length === 0) return undefined;
  return (value) => {
    if (!isJsonObject(value)) return value;
    let copy: Record<string, Json> | undefined;
    for (const { name, fallback, fill } of fields) {
      const before = (value as JsonObject)[name];
      const start = before === undefined ? fallback : before;
      if (start === undefined) continue;
      const after = fill === undefined ? start : fill(start);
      if (after !== before) (copy ??= { ...value })[name] = after;
    }
    return copy ?? value;
  };
}

function compileItems(items: JsonSchema): FillDefaults | undefined {
  const fill = compile(items);
  if (fill === undefined) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return value;
    const filled = (value as readonly Json[]).map(fill);
    return filled.some((item, index) => item !== value[index]) ? filled : (value as Json);
  };
}
