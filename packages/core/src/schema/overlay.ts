import type { JsonSchema } from './json-schema.ts';

/**
 * The component's schema with its configurable fields shaped by the flow author's.
 * A field the component did not declare configurable keeps the component's schema.
 */
export function overlaySchema(own: JsonSchema, authored: JsonSchema | undefined): JsonSchema {
  if (authored === undefined) return own;
  if (own.configurable === true) return { ...authored, ...describing(own), configurable: true };
  if (own.properties === undefined || authored.properties === undefined) return own;
  const properties = Object.fromEntries(
    Object.entries(own.properties).map(([name, property]) => [
      name,
      overlaySchema(property, authored.properties?.[name]),
    ]),
  );
  return { ...own, properties };
}

function describing(schema: JsonSchema): JsonSchema {
  const { title, description } = schema;
  return { ...(title !== undefined && { title }), ...(description !== undefined && { description }) };
}
