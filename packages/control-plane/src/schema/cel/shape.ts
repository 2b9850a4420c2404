import { knownProperties, type Schema } from '../schema.ts';

/** The largest request body; what no schema bounds is bounded by it. */
const MAX_REQUEST_BYTES = 3 * 1024 * 1024;

/** How large a value can be; sizes are characters, items or members. */
export type Shape =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'text'; readonly size: number }
  | { readonly kind: 'list' | 'map'; readonly size: number; readonly item: Shape }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Shape> }
  | { readonly kind: 'unknown' };

export const SCALAR: Shape = { kind: 'scalar' };
export const UNKNOWN: Shape = { kind: 'unknown' };

/** How large a value of a schema can be in a request. */
export function shapeOfSchema(schema: Schema): Shape {
  if (schema['x-kubernetes-int-or-string']) return text(MAX_REQUEST_BYTES - 2);
  switch (schema.type) {
    case 'array': {
      const { items = {}, maxItems } = schema;
      return {
        kind: 'list',
        size: maxItems ?? itemsInRequest(minBytes(items) + 1),
        item: shapeOfSchema(items),
      };
    }
    case 'object':
      return shapeOfObject(schema);
    case 'string':
      return text(maxTextSize(schema));
    case 'boolean':
    case 'number':
    case 'integer':
      return SCALAR;
    default:
      return UNKNOWN;
  }
}

/** How many values of a schema a request can hold in one list: how often a rule may run where no list is bounded. */
export function maxCardinality(schema: Schema): number {
  return Math.floor(MAX_REQUEST_BYTES / (minBytes(schema) + 1));
}

function shapeOfObject(schema: Schema): Shape {
  const { additionalProperties, maxProperties } = schema;
  if (typeof additionalProperties === 'object') {
    // A member takes its value, a key of one letter in quotes, a colon and a comma.
    const size = maxProperties ?? itemsInRequest(minBytes(additionalProperties) + 6);
    return { kind: 'map', size, item: shapeOfSchema(additionalProperties) };
  }
  const fields = Object.entries(knownProperties(schema)).map(
    ([name, child]) => [name, shapeOfSchema(child)] as const,
  );
  return { kind: 'object', fields: new Map(fields) };
}

function text(size: number): Shape {
  return { kind: 'text', size };
}

function itemsInRequest(bytes: number): number {
  return Math.floor((MAX_REQUEST_BYTES - 2) / bytes);
}

/** The longest texts of formats that have one. */
const FORMAT_SIZES: Readonly<Record<string, number>> = { duration: 32, date: 12, 'date-time': 37 };

function maxTextSize({ format = '', maxLength, enum: allowed }: Schema): number {
  const known = FORMAT_SIZES[format];
  if (known !== undefined) return known;
  // A character takes up to four bytes.
  if (maxLength !== undefined) return format === 'byte' ? maxLength : maxLength * 4;
  if (!allowed || allowed.length === 0) return MAX_REQUEST_BYTES - 2;
  return Math.max(...allowed.map((value) => (typeof value === 'string' ? value.length : 0)));
}

/** The least that a value takes in a request. */
function minBytes(schema: Schema): number {
  if (schema['x-kubernetes-int-or-string']) return 1;
  switch (schema.type) {
    case 'boolean':
      return 4;
    case 'number':
    case 'integer':
      return 1;
    case 'object':
      return minObjectBytes(schema);
    default:
      return 2;
  }
}

function minObjectBytes({ required = [], properties = {} }: Schema): number {
  return required.reduce((sum, name) => {
    const child = properties[name];
    // Quotes, colon and comma; what has a default need not be sent.
    return child && child.default === undefined ? sum + name.length + minBytes(child) + 4 : sum;
  }, 2);
}
