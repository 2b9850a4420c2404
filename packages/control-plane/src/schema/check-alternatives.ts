import type { Cause } from '../http/status.ts';
import type { Schema } from './schema.ts';

/** What only the schema itself may say, so that one look at it tells the shape of an object. */
const STRUCTURE = ['type', 'title', 'description', 'default', 'additionalProperties'] as const;

/** What is wrong with the alternatives of a schema: they may restrict values, and may not give them a shape. */
export function checkAlternatives(schema: Schema, path: string): readonly Cause[] {
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true;
  return alternativesOf(schema, path).flatMap(([part, at]) => checkPart(part, at, isIntOrString));
}

function checkPart(part: Schema, path: string, mayHaveType: boolean): readonly Cause[] {
  const wrong = STRUCTURE.filter((name) => part[name] !== undefined && !(name === 'type' && mayHaveType));
  const causes = wrong.map((name): Cause => {
    return {
      reason: 'FieldValueForbidden',
      message: 'Forbidden: must be empty to be structural',
      field: `${path}.${name}`,
    };
  });
  if (part.nullable) {
    const message = 'Forbidden: must be false to be structural';
    causes.push({ reason: 'FieldValueForbidden', message, field: `${path}.nullable` });
  }
  const properties = Object.entries(part.properties ?? {});
  const below = properties.flatMap(([name, child]) => checkPart(child, `${path}.properties[${name}]`, false));
  const items = part.items ? checkPart(part.items, `${path}.items`, false) : [];
  const nested = alternativesOf(part, path).flatMap(([child, at]) => checkPart(child, at, mayHaveType));
  return [...causes, ...below, ...items, ...nested];
}

function alternativesOf(schema: Schema, path: string): ReadonlyArray<readonly [part: Schema, path: string]> {
  const lists = (['allOf', 'anyOf', 'oneOf'] as const).flatMap((name) =>
    (schema[name] ?? []).map((part, index) => [part, `${path}.${name}[${index}]`] as const),
  );
  return schema.not ? [...lists, [schema.not, `${path}.not`]] : lists;
}
