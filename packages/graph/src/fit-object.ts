import type { JsonSchema } from '@tinysystems/core';
import { nearestName } from '@tinysystems/expression/analysis';
import { listOf } from './describe.ts';
import { type Finding, asUnknown } from './finding.ts';
import { type Fit, type Place, doubt } from './misfit.ts';
import type { Field, ObjectType } from './type.ts';

/** The fields of an object against those of a schema: known ones, missing ones, and all others. */
export function fitObject(
  type: ObjectType,
  schema: JsonSchema,
  { fit, ...place }: Place & { readonly fit: Fit },
): readonly Finding[] {
  return [
    ...[...type.fields].flatMap(([name, field]) => fitField({ name, field, fit }, schema, place)),
    ...fitRest(type, schema, { ...place, fit }),
    ...fitRequired(type, schema, place),
  ];
}

interface NamedField {
  readonly name: string;
  readonly field: Field;
  readonly fit: Fit;
}

function fitField({ name, field, fit }: NamedField, schema: JsonSchema, place: Place): readonly Finding[] {
  const { properties = {} } = schema;
  const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
  const wanted = known ?? othersOf(schema, place);
  const at = { ...place, path: [...place.path, name] };
  if (wanted === false) return [unknownField({ name, field }, Object.keys(properties), place)];
  const findings = fit(field.type, wanted, at);
  return field.isOptional ? asUnknown(findings, 'only when the field is there') : findings;
}

/** What a schema says about fields it does not name. */
function othersOf(schema: JsonSchema, { isOpen }: Place): JsonSchema | boolean {
  const { properties, additionalProperties } = schema;
  if (schema['patternProperties'] !== undefined) return true; // which is not followed, and said so
  return additionalProperties ?? (properties === undefined || isOpen);
}

function unknownField(
  { name, field }: { readonly name: string; readonly field: Field },
  known: readonly string[],
  { path }: Place,
): Finding {
  const suggestion = nearestName(name, known);
  return {
    state: field.isOptional ? 'unknown' : 'invalid',
    code: 'FieldUnknown',
    path: [...path, name],
    expected: known.length === 0 ? 'no fields' : `one of the fields ${listOf(known)}`,
    found: `the field ${name}`,
    ...(field.isOptional && { reason: 'only when the field is there' }),
    ...(suggestion !== undefined && { suggestion }),
  };
}

/** Fields that may be there under any name. */
function fitRest(
  type: ObjectType,
  schema: JsonSchema,
  { fit, ...place }: Place & { readonly fit: Fit },
): readonly Finding[] {
  const { rest, fields } = type;
  if (rest === undefined) return [];
  const others = othersOf(schema, place);
  const reason = 'the object may have fields of any name';
  if (others === false) {
    const expected = `only the fields ${listOf(Object.keys(schema.properties ?? {}))}`;
    return [{ ...doubt(type, schema, { ...place, reason }), expected }];
  }
  const named = Object.entries(schema.properties ?? {}).filter(([name]) => !fields.has(name));
  return [
    ...fit(rest, others, { ...place, path: [...place.path, '*'] }),
    ...named.flatMap(([name, property]) => fit(rest, property, { ...place, path: [...place.path, name] })),
  ].flatMap((finding) => asUnknown([finding], reason));
}

function fitRequired(type: ObjectType, schema: JsonSchema, { path }: Place): readonly Finding[] {
  const { required = [], properties = {} } = schema;
  return required.flatMap((name): readonly Finding[] => {
    const field = type.fields.get(name);
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if ((field !== undefined && !field.isOptional) || property?.default !== undefined) return [];
    const isPossible = field !== undefined || type.rest !== undefined;
    const near =
      field === undefined
        ? nearestName(
            name,
            [...type.fields.keys()].filter((key) => !Object.hasOwn(properties, key)),
          )
        : undefined;
    return [
      {
        state: isPossible ? 'unknown' : 'invalid',
        code: 'FieldMissing',
        path: [...path, name],
        expected: 'a value, because the field is required',
        found: 'nothing',
        ...(isPossible && { reason: 'the field may be missing' }),
        ...(near !== undefined && !isPossible && { reason: `it has a field ${near}` }),
      },
    ];
  });
}
