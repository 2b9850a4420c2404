import { isJsonArray, isJsonObject, type JsonValue } from '../../json.ts';
import { SCALAR, type Shape } from './shape.ts';

/** How large a value is; items of a list count as the largest of them. */
export function shapeOfValue(value: JsonValue | undefined): Shape {
  if (typeof value === 'string') return { kind: 'text', size: Buffer.byteLength(value) };
  if (isJsonArray(value))
    return { kind: 'list', size: value.length, item: value.map(shapeOfValue).reduce(larger, SCALAR) };
  if (!isJsonObject(value)) return SCALAR;
  return {
    kind: 'object',
    fields: new Map(Object.entries(value).map(([name, child]) => [name, shapeOfValue(child)])),
  };
}

function larger(a: Shape, b: Shape): Shape {
  if (a.kind === 'text' && b.kind === 'text') return a.size > b.size ? a : b;
  if (a.kind === 'list' && b.kind === 'list')
    return { kind: 'list', size: Math.max(a.size, b.size), item: larger(a.item, b.item) };
  if (a.kind === 'object' && b.kind === 'object') {
    const names = new Set([...a.fields.keys(), ...b.fields.keys()]);
    const fields = [...names].map(
      (name) => [name, larger(a.fields.get(name) ?? SCALAR, b.fields.get(name) ?? SCALAR)] as const,
    );
    return { kind: 'object', fields: new Map(fields) };
  }
  return a.kind === 'scalar' ? b : a;
}
