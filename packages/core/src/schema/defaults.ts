import { type Json, isJsonObject } from '../json.ts';
import { type JsonSchema, alternativesOf } from './json-schema.ts';

/** Fills in defaults: returns its argument when nothing was missing, else a copy along the changed paths. */
export type FillDefaults = (value: Json) => Json;

/** Compiles a check of a schema; asked only for the branches of a union in which some branch has a default. */
export type CompileCheck = (schema: JsonSchema) => (value: Json) => boolean;

/** Compiles the defaults of a schema; a schema without any gives the identity. */
export function compileDefaults(schema: JsonSchema, compileCheck: CompileCheck): FillDefaults {
  return compile(schema, compileCheck) ?? ((value) => value);
}

function compile(schema: JsonSchema, compileCheck: CompileCheck): FillDefaults | undefined {
  const parts = [
    compileProperties(schema, compileCheck),
    compileItems(schema, compileCheck),
    compileAlternatives(alternativesOf(schema), compileCheck),
    ...(schema.allOf ?? []).map((part) => compile(part, compileCheck)),
  ].filter((part) => part !== undefined);
  if (parts.length <= 1) return parts[0];
  return (value) => parts.reduce((filled, fill) => fill(filled), value);
}

interface Field {
  readonly name: string;
  readonly fallback: Json | undefined;
  readonly fill: FillDefaults | undefined;
}

function compileProperties(
  { properties = {}, additionalProperties }: JsonSchema,
  compileCheck: CompileCheck,
): FillDefaults | undefined {
  const fields = Object.entries(properties)
    .map(([name, field]): Field => ({ name, fallback: field.default, fill: compile(field, compileCheck) }))
    .filter((field) => field.fallback !== undefined || field.fill !== undefined);
  const fillOthers =
    typeof additionalProperties === 'object' ? compile(additionalProperties, compileCheck) : undefined;
  if (fields.length === 0 && fillOthers === undefined) return undefined;
  const others = (value: object): readonly Field[] =>
    fillOthers === undefined
      ? []
      : Object.keys(value)
          .filter((name) => !Object.hasOwn(properties, name))
          .map((name) => ({ name, fallback: undefined, fill: fillOthers }));
  return (value) => {
    if (!isJsonObject(value)) return value;
    let copy: Record<string, Json> | undefined;
    for (const { name, fallback, fill } of fillOthers === undefined
      ? fields
      : [...fields, ...others(value)]) {
      const before = Object.hasOwn(value, name) ? value[name] : undefined;
      const start = before === undefined ? fallback : before;
      if (start === undefined) continue;
      const after = fill === undefined ? start : fill(start);
      if (after !== before) (copy ??= { ...value })[name] = after;
    }
    return copy ?? value;
  };
}

function compileItems(schema: JsonSchema, compileCheck: CompileCheck): FillDefaults | undefined {
  const first = (schema.prefixItems ?? []).map((item) => compile(item, compileCheck));
  const rest = schema.items === undefined ? undefined : compile(schema.items, compileCheck);
  if (rest === undefined && first.every((fill) => fill === undefined)) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return value;
    const before = value as readonly Json[];
    const after = before.map((item, index) => (index < first.length ? first[index] : rest)?.(item) ?? item);
    return after.some((item, index) => item !== before[index]) ? after : before;
  };
}

/** A union fills in the defaults of the first branch that accepts the value then. */
function compileAlternatives(
  branches: readonly JsonSchema[],
  compileCheck: CompileCheck,
): FillDefaults | undefined {
  const fills = branches.map((branch) => compile(branch, compileCheck));
  if (fills.every((fill) => fill === undefined)) return undefined;
  const checks = branches.map(compileCheck);
  return (value) => {
    for (const [index, accepts] of checks.entries()) {
      const filled = fills[index]?.(value) ?? value;
      if (accepts(filled)) return filled;
    }
    return value;
  };
}
