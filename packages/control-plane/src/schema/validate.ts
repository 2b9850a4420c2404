import { RE2JS } from 're2js';

import type { Cause } from '../http/status.ts';
import { isJsonArray, isJsonObject, jsonEqual, member, type JsonObject, type JsonValue } from '../json.ts';
import { INTEGER_RANGES, STRING_FORMATS } from './formats.ts';
import { childPath, propertySchema, type Schema } from './schema.ts';
import { writeJson } from '../exact-json.ts';

interface Place {
  readonly value: JsonValue;
  readonly old: JsonValue | undefined;
  readonly schema: Schema;
  readonly path: string;
}

/** Checks values against one structural schema; patterns are compiled once. */
export class SchemaValidator {
  readonly #schema: Schema;
  readonly #patterns = new Map<string, RE2JS>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /**
   * Every rule that `value` breaks, in schema order.
   *
   * @param options - `old` is the value before an update: a part that has not changed is accepted, whatever the schema
   *   says by now. `part` is a member to look at alone; texts then speak of paths inside it.
   */
  validate(
    value: JsonValue,
    { old, part }: { readonly old?: JsonValue | undefined; readonly part?: string | undefined } = {},
  ): readonly Cause[] {
    const causes: Cause[] = [];
    if (part === undefined) this.#check({ value, old, schema: this.#schema, path: '' }, causes);
    else this.#checkPart(part, { value, old, schema: this.#schema, path: '' }, causes);
    return distinct(causes).map((cause) => (cause.field === '' ? { ...cause, field: '<nil>' } : cause));
  }

  #checkPart(part: string, { value, old, schema }: Place, causes: Cause[]): void {
    const found = member(value, part);
    const partSchema = propertySchema(schema, part);
    if (found === undefined || !partSchema) return;
    const inside: Cause[] = [];
    this.#check({ value: found, old: member(old, part), schema: partSchema, path: '' }, inside);
    causes.push(...inside.map((cause) => ({ ...cause, field: childPath(part, cause.field ?? '') })));
  }

  #check(place: Place, causes: Cause[]): void {
    const { value, old, schema, path } = place;
    if (value === null && schema.nullable) return;
    if (old !== undefined && jsonEqual(value, old)) return;
    const typeCause = checkType(value, schema, path);
    if (typeCause) {
      causes.push(typeCause);
      return;
    }
    if (schema.enum && !schema.enum.some((allowed) => jsonEqual(allowed, value))) {
      const supported = schema.enum.map((allowed) => writeJson(allowed)).join(', ');
      const text = `Unsupported value: ${writeJson(value)}: supported values: ${supported}`;
      causes.push({ reason: 'FieldValueNotSupported', message: text, field: path });
    }
    if (typeof value === 'string') causes.push(...this.#checkString(value, schema, path));
    if (typeof value === 'number' || typeof value === 'bigint')
      causes.push(...checkNumber(value, schema, path));
    if (isJsonArray(value)) this.#checkArray(value, place, causes);
    if (isJsonObject(value)) this.#checkObject(value, place, causes);
    this.#checkCombinations(place, causes);
  }

  #checkString(value: string, schema: Schema, path: string): readonly Cause[] {
    const { maxLength, minLength, pattern, format } = schema;
    const length = [...value].length;
    if (maxLength !== undefined && length > maxLength) {
      const message = `Too long: may not be more than ${maxLength} bytes`;
      return [{ reason: 'FieldValueTooLong', message, field: path }];
    }
    if (minLength !== undefined && length < minLength) {
      return [invalidValue(value, path, `should be at least ${minLength} chars long`)];
    }
    if (pattern !== undefined && !this.#pattern(pattern).matcher(value).find()) {
      return [invalidValue(value, path, `should match '${pattern}'`)];
    }
    const isWellFormed = format === undefined ? undefined : STRING_FORMATS[format];
    if (isWellFormed && !isWellFormed(value)) return [wrongType(value, format ?? '', path)];
    return [];
  }

  #checkArray(list: readonly JsonValue[], { old, schema, path }: Place, causes: Cause[]): void {
    const { minItems, maxItems, items } = schema;
    if (maxItems !== undefined && list.length > maxItems) causes.push(tooMany(list.length, maxItems, path));
    if (minItems !== undefined && list.length < minItems) {
      causes.push(invalidValue(list.length, path, `should have at least ${minItems} items`));
    }
    if (schema.uniqueItems || schema['x-kubernetes-list-type'] === 'set') {
      causes.push(...duplicates(list, (item) => item, path));
    }
    const keys = schema['x-kubernetes-list-map-keys'];
    if (schema['x-kubernetes-list-type'] === 'map' && keys) {
      causes.push(...duplicates(list, (item) => mapKey(item, keys, items), path));
    }
    if (!items) return;
    list.forEach((item, index) => {
      this.#check(
        { value: item, old: correlate(item, old, schema), schema: items, path: `${path}[${index}]` },
        causes,
      );
    });
  }

  #checkObject(object: JsonObject, { old, schema, path }: Place, causes: Cause[]): void {
    const count = Object.keys(object).length;
    const { minProperties, maxProperties } = schema;
    if (maxProperties !== undefined && count > maxProperties)
      causes.push(tooMany(count, maxProperties, path));
    if (minProperties !== undefined && count < minProperties) {
      causes.push(invalidValue(count, path, `should have at least ${minProperties} properties`));
    }
    if (schema['x-kubernetes-embedded-resource']) causes.push(...checkEmbedded(object, path));
    for (const name of schema.required ?? []) {
      if (object[name] !== undefined) continue;
      causes.push({ reason: 'FieldValueRequired', message: 'Required value', field: childPath(path, name) });
    }
    for (const [name, value] of Object.entries(object)) {
      const child = propertySchema(schema, name);
      if (!child || value === undefined) continue;
      const before = isJsonObject(old) ? old[name] : undefined;
      this.#check({ value, old: before, schema: child, path: childPath(path, name) }, causes);
    }
  }

  #checkCombinations({ value, schema, path }: Place, causes: Cause[]): void {
    const refuse = (text: string): void => {
      // A real server names the place in the text only, and shows no value.
      const message = `Invalid value: "": ${JSON.stringify(path)} must ${text}`;
      causes.push({ reason: 'FieldValueInvalid', message, field: '' });
    };
    const failuresOf = (parts: readonly Schema[]): Failures =>
      parts.map((part) => this.#problems(value, part, path));
    const { anyOf, oneOf, allOf, not } = schema;
    if (anyOf) checkAny(failuresOf(anyOf), refuse, causes);
    if (oneOf) checkOne(failuresOf(oneOf), refuse, causes);
    if (allOf) checkAll(failuresOf(allOf), refuse, causes);
    if (not && isEmpty(this.#problems(value, not, path))) refuse('not validate the schema (not)');
  }

  #problems(value: JsonValue, schema: Schema, path: string): readonly Cause[] {
    const causes: Cause[] = [];
    this.#check({ value, old: undefined, schema, path }, causes);
    return causes;
  }

  #pattern(pattern: string): RE2JS {
    let compiled = this.#patterns.get(pattern);
    if (!compiled) this.#patterns.set(pattern, (compiled = RE2JS.compile(pattern)));
    return compiled;
  }
}

/** The type's name as error texts write it. */
export function jsonTypeOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (isJsonArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (typeof value === 'bigint') return 'integer';
  return typeof value;
}

function checkType(value: JsonValue, schema: Schema, path: string): Cause | undefined {
  const actual = jsonTypeOf(value);
  if (schema['x-kubernetes-int-or-string']) {
    return actual === 'integer' || actual === 'string'
      ? undefined
      : wrongType(actual, 'integer,string', path);
  }
  const { type } = schema;
  if (type === undefined || type === actual || (type === 'number' && actual === 'integer')) return undefined;
  return wrongType(actual, type, path);
}

// An object inside an object says what it is.
function checkEmbedded(object: JsonObject, path: string): readonly Cause[] {
  return ['apiVersion', 'kind'].flatMap((name): Cause[] => {
    const field = childPath(path, name);
    if (object[name] === undefined)
      return [{ reason: 'FieldValueRequired', message: 'Required value', field }];
    if (object[name] !== '') return [];
    return [{ reason: 'FieldValueInvalid', message: 'Invalid value: "": must not be empty', field }];
  });
}

// Alternatives may find the same.
function distinct(causes: readonly Cause[]): readonly Cause[] {
  return [...new Map(causes.map((cause) => [`${cause.field} ${cause.message}`, cause])).values()];
}

function isEmpty(causes: readonly Cause[]): boolean {
  return causes.length === 0;
}

type Failures = ReadonlyArray<readonly Cause[]>;

type Refuse = (text: string) => void;

function checkAny(failures: Failures, refuse: Refuse, causes: Cause[]): void {
  if (failures.some(isEmpty)) return;
  refuse('validate at least one schema (anyOf)');
  causes.push(...closest(failures));
}

function checkOne(failures: Failures, refuse: Refuse, causes: Cause[]): void {
  const count = failures.filter(isEmpty).length;
  if (count === 1) return;
  const found = count === 0 ? 'Found none valid' : `Found ${count} valid alternatives`;
  refuse(`validate one and only one schema (oneOf). ${found}`);
  if (count === 0) causes.push(...closest(failures));
}

function checkAll(failures: Failures, refuse: Refuse, causes: Cause[]): void {
  if (failures.every(isEmpty)) return;
  refuse(`validate all the schemas (allOf)${failures.some(isEmpty) ? '' : '. None validated'}`);
  causes.push(...failures.flat());
}

// Of several alternatives that all fail, the one that nearly did not.
function closest(failures: Failures): readonly Cause[] {
  return failures.reduce((best, causes) => (causes.length < best.length ? causes : best));
}

function checkNumber(value: number | bigint, schema: Schema, path: string): readonly Cause[] {
  const { minimum, maximum, multipleOf, format } = schema;
  const range = format === undefined ? undefined : INTEGER_RANGES[format];
  if (range && (value < range.min || value > range.max)) return [wrongType(value, format ?? '', path)];
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    return [invalidValue(value, path, `should be a multiple of ${multipleOf}`)];
  }
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    const bound = schema.exclusiveMaximum ? 'less than' : 'less than or equal to';
    return [invalidValue(value, path, `should be ${bound} ${maximum}`)];
  }
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    const bound = schema.exclusiveMinimum ? 'greater than' : 'greater than or equal to';
    return [invalidValue(value, path, `should be ${bound} ${minimum}`)];
  }
  return [];
}

function isMultiple(value: number | bigint, of: number | bigint): boolean {
  if (typeof value === 'bigint' && Number.isInteger(Number(of))) return value % BigInt(of) === 0n;
  return Number(value) % Number(of) === 0;
}

function duplicates(
  list: readonly JsonValue[],
  keyOfItem: (item: JsonValue) => JsonValue,
  path: string,
): readonly Cause[] {
  const seen = new Set<string>();
  const causes: Cause[] = [];
  list.forEach((item, index) => {
    const key = writeJson(keyOfItem(item));
    if (seen.has(key)) {
      const message = `Duplicate value: ${key}`;
      causes.push({ reason: 'FieldValueDuplicate', message, field: `${path}[${index}]` });
    }
    seen.add(key);
  });
  return causes;
}

/** The item that `item` was before an update; only lists of type map can tell. */
export function correlate(
  item: JsonValue,
  old: JsonValue | undefined,
  schema: Schema,
): JsonValue | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !keys || !isJsonArray(old)) return undefined;
  const key = mapKey(item, keys, schema.items);
  return old.find((candidate) => jsonEqual(mapKey(candidate, keys, schema.items), key));
}

/** The members that identify an item of a list of type map; a missing one counts with its default. */
export function mapKey(item: JsonValue, keys: readonly string[], items: Schema | undefined): JsonObject {
  const object = isJsonObject(item) ? item : {};
  const entries = keys.map((key) => [key, object[key] ?? propertySchema(items, key)?.default] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function invalidValue(value: JsonValue, path: string, text: string): Cause {
  const message = `Invalid value: ${writeJson(value)}: ${path} in body ${text}`;
  return { reason: 'FieldValueInvalid', message, field: path };
}

function wrongType(actual: JsonValue, expected: string, path: string): Cause {
  const shown = writeJson(actual);
  const message = `Invalid value: ${shown}: ${path} in body must be of type ${expected}: ${shown}`;
  return { reason: 'FieldValueTypeInvalid', message, field: path };
}

function tooMany(count: number, max: number, path: string): Cause {
  return {
    reason: 'FieldValueTooMany',
    message: `Too many: ${count}: must have at most ${max} items`,
    field: path,
  };
}
