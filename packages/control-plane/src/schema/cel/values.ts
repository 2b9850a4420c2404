import { isJsonArray, isJsonObject, type JsonValue } from '../../json.ts';
import { STRING_FORMATS } from '../formats.ts';
import { propertySchema, type Schema } from '../schema.ts';
import { KUBERNETES_CEL } from './environment.ts';
import { escapeName } from './names.ts';

/** A value as CEL sees it: whole numbers are bigint, moments are dates. */
export type CelValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | object
  | readonly CelValue[]
  | { readonly [key: string]: CelValue };

/** A JSON value as CEL sees it through its schema. */
export function celValue(value: JsonValue, schema: Schema | undefined): CelValue {
  if (isJsonArray(value)) return value.map((item) => celValue(item, schema?.items));
  if (isJsonObject(value)) {
    const entries = Object.entries(value).flatMap(([name, child]) => {
      if (child === undefined) return [];
      const isField = schema?.properties !== undefined && Object.hasOwn(schema.properties, name);
      const key = isField ? (escapeName(name) ?? name) : name;
      return [[key, celValue(child, propertySchema(schema, name))] as const];
    });
    return Object.fromEntries(entries);
  }
  if (typeof value === 'number')
    return schema?.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === 'bigint' && schema?.type === 'number') return Number(value);
  return typeof value === 'string' ? formattedValue(value, schema?.format) : value;
}

const parseDuration = KUBERNETES_CEL.clone({ unlistedVariablesAreDyn: true }).parse('duration(text)');

function formattedValue(text: string, format: string | undefined): CelValue {
  if (format === undefined || !STRING_FORMATS[format]?.(text)) return text;
  switch (format) {
    case 'date':
    case 'date-time':
      return new Date(text);
    case 'duration':
      return parseDuration({ text }) as object;
    case 'byte':
      return new Uint8Array(Buffer.from(text, 'base64'));
    default:
      return text;
  }
}
