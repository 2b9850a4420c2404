import type { JsonSchema } from '@tinysystems/core';

/** A JSON Schema as one short line that reads like a TypeScript type: `{ route: string, condition?: boolean }[]`. */
export function schemaText(schema: JsonSchema): string {
  const branches = branchesOf(schema);
  if (branches !== undefined) return [...new Set(branches.map(schemaText))].join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.properties !== undefined) return objectText(schema);
  if (schema.type === 'array') return arrayText(schema.items);
  if (schema.type === 'object') return 'object';
  return typeof schema.type === 'string' ? schema.type : 'any';
}

function objectText(schema: JsonSchema): string {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const isOptional = !required.has(name) || field.default !== undefined;
    return `${name}${isOptional ? '?' : ''}: ${schemaText(field)}`;
  });
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function arrayText(items: JsonSchema | undefined): string {
  const item = items === undefined ? 'any' : schemaText(items);
  return item.includes(' or ') ? `(${item})[]` : `${item}[]`;
}

function branchesOf(schema: JsonSchema): readonly JsonSchema[] | undefined {
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const branches = schema[keyword];
    if (Array.isArray(branches)) return branches as readonly JsonSchema[];
  }
  return undefined;
}
