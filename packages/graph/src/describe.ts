import { type JsonSchema, alternativesOf, stringifyJson } from '@tinysystems/core';
import { type Type, alternativesOfType } from './type.ts';

const MAX_NAMES = 8;
const MAX_LENGTH = 60;

/** A type in a few words: `string`, `"a" or missing`, `array of string`, `object with name, age`. */
export function describeType(type: Type): string {
  switch (type.kind) {
    case 'any':
      return 'an unknown value';
    case 'error':
      return 'an error';
    case 'missing':
      return 'a missing value';
    case 'literal':
      return type.isMissing === true ? 'null for a missing value' : clip(stringifyJson(type.value));
    case 'array':
      return type.elements?.length === 0 ? 'an empty array' : `array of ${describeType(type.items)}`;
    case 'object':
      return type.fields.size === 0 ? 'object' : `object with ${listOf([...type.fields.keys()])}`;
    case 'union':
      return orOf(alternativesOfType(type).map(describeType));
    default:
      return type.kind;
  }
}

/** A schema in a few words. */
export function describeSchema(schema: JsonSchema | boolean): string {
  if (typeof schema !== 'object') return schema ? 'any value' : 'nothing';
  const { enum: values, type, properties, items } = schema;
  if (schema['const'] !== undefined) return clip(stringifyJson(schema['const']));
  if (values !== undefined) return orOf(values.map(stringifyJson));
  if (type === 'array' && items !== undefined) return `array of ${describeSchema(items)}`;
  if (type === 'object' && properties !== undefined) return `object with ${listOf(Object.keys(properties))}`;
  if (typeof type === 'string') return type;
  if (type !== undefined) return orOf(type);
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return orOf(alternatives.map(describeSchema));
  return 'what the schema allows';
}

/** Up to eight names, and how many more there are. */
export function listOf(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function orOf(texts: readonly string[]): string {
  const distinct = [...new Set(texts)];
  if (distinct.length === 0) return 'nothing';
  const more = distinct.length - MAX_NAMES;
  return distinct.slice(0, MAX_NAMES).join(' or ') + (more > 0 ? ` or ${more} more` : '');
}

function clip(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1)}…`;
}
