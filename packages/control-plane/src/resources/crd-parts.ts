import { goJson } from '../go-json.ts';
import type { Cause } from '../http/status.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { stringAt } from '../kube-object.ts';
import { propertySchema, type Schema } from '../schema/schema.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const MAX_SELECTABLE_FIELDS = 8;

/** What is wrong with the printer columns of a version. */
export function checkColumns(columns: JsonValue, path: string): readonly Cause[] {
  return objectsOf(columns).flatMap((column, index) => {
    const at = `${path}[${index}]`;
    const [name, type, format, jsonPath] = ['name', 'type', 'format', 'jsonPath'].map(
      (key) => stringAt(column, key) ?? '',
    );
    return [
      ...(name ? [] : [missing(`${at}.name`)]),
      ...oneOf(type ?? '', COLUMN_TYPES, `${at}.type`),
      ...(format ? oneOf(format, COLUMN_FORMATS, `${at}.format`) : []),
      ...checkPath(jsonPath ?? '', `${at}.JSONPath`),
    ];
  });
}

/** What is wrong with the scale subresource of a version. */
export function checkSubresources(subresources: JsonValue, path: string): readonly Cause[] {
  const scale = isJsonObject(subresources) ? subresources['scale'] : undefined;
  if (!isJsonObject(scale)) return [];
  const at = `${path}.scale`;
  const selector = stringAt(scale, 'labelSelectorPath') ?? '';
  return [
    ...checkPathBelow(stringAt(scale, 'specReplicasPath') ?? '', `${at}.specReplicasPath`, ['.spec']),
    ...checkPathBelow(stringAt(scale, 'statusReplicasPath') ?? '', `${at}.statusReplicasPath`, ['.status']),
    ...(selector ? checkPathBelow(selector, `${at}.labelSelectorPath`, ['.status', '.spec']) : []),
  ];
}

/** What is wrong with the fields by which objects of a version can be selected. */
export function checkSelectableFields(fields: JsonValue, path: string, schema: Schema): readonly Cause[] {
  const paths = objectsOf(fields).map((field) => stringAt(field, 'jsonPath') ?? '');
  const causes = paths.flatMap((jsonPath, index): readonly Cause[] => {
    const at = `${path}[${index}].jsonPath`;
    if (jsonPath === '') return [missing(at)];
    if (paths.indexOf(jsonPath) < index) {
      return [{ reason: 'FieldValueDuplicate', message: `Duplicate value: ${goJson(jsonPath)}`, field: at }];
    }
    const text = selectableProblem(jsonPath, schema);
    return text === undefined ? [] : [invalidField(at, jsonPath, text)];
  });
  if (paths.length <= MAX_SELECTABLE_FIELDS) return causes;
  const message = `Too many: ${paths.length}: must have at most ${MAX_SELECTABLE_FIELDS} items`;
  return [...causes, { reason: 'FieldValueTooMany', message, field: path }];
}

function selectableProblem(jsonPath: string, schema: Schema): string | undefined {
  const names = jsonPath.split('.').slice(1);
  if (names[0] === 'metadata') return 'must not point to fields in metadata';
  if (!jsonPath.startsWith('.') || names.includes(''))
    return 'is an invalid path: does not refer to a valid field';
  const found = names.reduce<Schema | undefined>(
    (parent, name) => parent?.properties && propertySchema(parent, name),
    schema,
  );
  if (!found) return 'is an invalid path: does not refer to a valid field';
  return ['string', 'boolean', 'integer'].includes(found.type ?? '')
    ? undefined
    : 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
}

function checkPathBelow(jsonPath: string, field: string, roots: readonly string[]): readonly Cause[] {
  const causes = checkPath(jsonPath, field);
  if (causes.length > 0 || roots.some((root) => jsonPath.startsWith(`${root}.`))) return causes;
  const [only, other] = roots;
  const where = other === undefined ? `under ${only}` : `under either ${only} or ${other}`;
  return [invalidField(field, jsonPath, `should be a json path ${where}`)];
}

function checkPath(jsonPath: string, field: string): readonly Cause[] {
  if (jsonPath === '') return [missing(field)];
  return jsonPath.startsWith('.')
    ? []
    : [invalidField(field, jsonPath, 'must be a simple json path starting with .')];
}

function oneOf(value: string, allowed: readonly string[], field: string): readonly Cause[] {
  const text = `must be one of ${allowed.join(',')}`;
  if (value === '') return [{ reason: 'FieldValueRequired', message: `Required value: ${text}`, field }];
  return allowed.includes(value) ? [] : [invalidField(field, value, text)];
}

function objectsOf(list: JsonValue): readonly JsonObject[] {
  return isJsonArray(list) ? list.filter((item) => isJsonObject(item)) : [];
}

function missing(field: string): Cause {
  return { reason: 'FieldValueRequired', message: 'Required value', field };
}

function invalidField(field: string, value: string, text: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${goJson(value)}: ${text}`, field };
}
