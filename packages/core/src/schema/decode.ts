import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { stringifyJson } from '../json-text.ts';
import type { Json } from '../json.ts';
import { compileDefaults } from './defaults.ts';
import type { JsonSchema } from './json-schema.ts';
import { rounded } from './rounded.ts';

/** A schema compiled once, to check many values. */
export interface Decoder {
  /**
   * Checks a value and adds what the schema defaults.
   *
   * @returns the same value when nothing was missing, else a copy along the paths that got a default.
   */
  decode(value: Json): DecodeResult;
}

/** A decoded value, or what is wrong with it and where. */
export type DecodeResult =
  { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly problem: string };

/**
 * Compiles a schema. An object that lists `properties` refuses other keys unless it says `additionalProperties`.
 *
 * @throws Error when the schema itself is not valid.
 */
export function compileDecoder(schema: JsonSchema): Decoder {
  let decoder = decoders.get(schema);
  if (decoder === undefined) decoders.set(schema, (decoder = compile(schema)));
  return decoder;
}

// Ten thousand nodes of one component have its very schemas: they share the decoders too.
const decoders = new WeakMap<JsonSchema, Decoder>();

function compile(schema: JsonSchema): Decoder {
  const fillDefaults = compileDefaults(schema, (branch) => {
    const check = compileCheck(branch);
    return (value) => check(value) === undefined;
  });
  if (acceptsAll(schema)) return { decode: (value) => ({ ok: true, value: fillDefaults(value) }) };
  const check = compileCheck(schema);
  return {
    decode(value) {
      const filled = fillDefaults(value);
      const problem = check(filled);
      return problem === undefined ? { ok: true, value: filled } : { ok: false, problem };
    },
  };
}

/** Checks a value against a schema. @returns what is wrong with it, `undefined` when it fits. */
function compileCheck(schema: JsonSchema): (value: Json) => string | undefined {
  const validate = compileValidator(schema);
  const problemOf = (value: Json): string | undefined =>
    validate(value) ? undefined : describeError(validate.errors?.[0]);
  return (value) => {
    const problem = problemOf(value);
    if (problem === undefined) return undefined;
    // The validator knows no bigints: where it refuses, they get a second look as the numbers they stand for.
    const numbers = rounded(value);
    return numbers === value ? problem : problemOf(numbers);
  };
}

// One instance for the process: making an Ajv costs more than compiling a schema. Compiled validators are kept
// by content, so ten thousand nodes of one component share one.
const ajv = new Ajv2020({ strict: false, allErrors: false, addUsedSchema: false, logger: false });
formats.default(ajv);
/** How many; then all are compiled again. */
export const MAX_COMPILED_SCHEMAS = 2000;
const compiled = new Map<string, ValidateFunction>();

/** How many schemas' checks are kept compiled. */
export function compiledSchemas(): number {
  return compiled.size;
}

function compileValidator(schema: JsonSchema): ValidateFunction {
  const key = stringifyJson(schema);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= MAX_COMPILED_SCHEMAS) compiled.clear();
  const validate = ajv.compile(closeObjects(rounded(schema as Json) as JsonSchema));
  ajv.removeSchema();
  compiled.set(key, validate);
  return validate;
}

/** Keywords that say something about a value and never refuse one. */
const DESCRIBING = new Set([
  '$schema',
  'title',
  'description',
  'default',
  'examples',
  'configurable',
  'secret',
  'shared',
  'tab',
]);

function acceptsAll(schema: JsonSchema): boolean {
  return Object.keys(schema).every((keyword) => DESCRIBING.has(keyword));
}

/** Keywords that a bigint passes, because the validator applies them to numbers only or turns a refusal around. */
const PASSED_BY_BIGINTS = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'not',
  'if',
];
/** All that JSON has; what else there is gets the second look. */
const JSON_TYPES = ['string', 'number', 'boolean', 'null', 'array', 'object'];

/** Parts of `allOf` stay open: each of them sees the fields of the others too. */
function closeObjects(schema: JsonSchema): JsonSchema {
  if (typeof schema !== 'object') return schema; // true or false
  const closed: Record<string, unknown> = { ...schema };
  if (schema.type === undefined && PASSED_BY_BIGINTS.some((keyword) => keyword in schema))
    closed['type'] = JSON_TYPES;
  const { properties, additionalProperties, items } = schema;
  if (properties !== undefined) {
    closed['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, field]) => [name, closeObjects(field)]),
    );
    if (additionalProperties === undefined) closed['additionalProperties'] = false;
  }
  if (typeof additionalProperties === 'object')
    closed['additionalProperties'] = closeObjects(additionalProperties);
  if (items !== undefined) closed['items'] = closeObjects(items);
  for (const keyword of ['anyOf', 'oneOf', 'prefixItems'] as const) {
    const branches = schema[keyword];
    if (branches !== undefined) closed[keyword] = branches.map(closeObjects);
  }
  return closed;
}

function describeError(error: ErrorObject | undefined): string {
  if (error === undefined) return 'does not fit the schema';
  const path = pathOf(error.instancePath);
  const parameters = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return `${join(path, String(parameters['missingProperty']))}: is required`;
    case 'additionalProperties':
      return `${join(path, String(parameters['additionalProperty']))}: is not a known field`;
    case 'enum':
      return `${path || 'the value'}: must be one of ${JSON.stringify(parameters['allowedValues'])}`;
    default:
      return `${path || 'the value'}: ${error.message ?? 'does not fit the schema'}`;
  }
}

function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : join(path, part)), '');
}

function join(path: string, part: string): string {
  return path === '' ? part : `${path}.${part}`;
}
