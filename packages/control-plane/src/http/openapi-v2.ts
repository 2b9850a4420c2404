import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../json.ts';

/** The older form of the documents of all groups together. */
export function openApiV2(documents: readonly JsonObject[]): JsonObject {
  const paths = documents.flatMap((document) => Object.entries((document['paths'] ?? {}) as JsonObject));
  const schemas = documents.flatMap((document) => {
    const { schemas: named } = document['components'] as { readonly schemas: JsonObject };
    return Object.entries(named);
  });
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'v1.36.2' },
    paths: Object.fromEntries(paths.map(([path, item]) => [path, pathItem(item as JsonObject)])),
    definitions: Object.fromEntries(
      schemas.map(([name, schema]) => [name, definition(schema as JsonObject)]),
    ),
  };
}

function pathItem(item: JsonObject): JsonObject {
  const entries = Object.entries(item).map(([name, value]): [string, JsonValue] => {
    if (name === 'parameters') return [name, (value as readonly JsonObject[]).map(parameter)];
    return [name, operation(value as JsonObject)];
  });
  return Object.fromEntries(entries);
}

function operation({ requestBody, responses, parameters, ...rest }: JsonObject): JsonObject {
  const { content: bodyContent = {} } = (requestBody ?? {}) as { readonly content?: JsonObject };
  const content = Object.entries(bodyContent);
  const [, body] = content[0] ?? [];
  const own = ((parameters ?? []) as readonly JsonObject[]).map(parameter);
  const bodies = isJsonObject(body)
    ? [{ name: 'body', in: 'body', required: true, schema: definition(schemaOf(body)) }]
    : [];
  return {
    ...rest,
    consumes: content.length > 0 ? content.map(([type]) => type) : ['*/*'],
    produces: ['application/json', 'application/yaml'],
    parameters: [...bodies, ...own],
    responses: Object.fromEntries(
      Object.entries((responses ?? {}) as JsonObject).map(([code, value]) => [
        code,
        response(value as JsonObject),
      ]),
    ),
  };
}

function response({ description, content }: JsonObject): JsonObject {
  const [body] = Object.values((content ?? {}) as JsonObject);
  return { description, ...(isJsonObject(body) && { schema: definition(schemaOf(body)) }) };
}

function parameter({ schema, ...rest }: JsonObject): JsonObject {
  return { ...rest, ...(schema as JsonObject) };
}

function schemaOf(body: JsonObject): JsonObject {
  return body['schema'] as JsonObject;
}

/** What version 2 cannot say, and its readers would refuse. */
const DROPPED = ['nullable', 'oneOf', 'anyOf', 'not', 'allOf'];
/** Of an object that may have any member, its readers must not be told some of them. */
const CLOSED = ['properties', 'required', 'type', 'additionalProperties'];

function definition(schema: JsonObject): JsonObject {
  const { $ref, allOf } = schema;
  if (typeof $ref === 'string') return { $ref: $ref.replace('#/components/schemas/', '#/definitions/') };
  const [only] = isJsonArray(allOf) ? allOf : [];
  const referred = isJsonObject(only) && typeof only['$ref'] === 'string' ? definition(only) : {};
  const isOpen =
    schema['x-kubernetes-preserve-unknown-fields'] === true && !schema['x-kubernetes-group-version-kind'];
  const dropped = new Set(isOpen || schema['nullable'] === true ? [...DROPPED, ...CLOSED] : DROPPED);
  const kept = Object.entries(schema).filter(([name]) => !dropped.has(name));
  return { ...Object.fromEntries(kept.map(([name, value]) => [name, member(name, value)])), ...referred };
}

function member(name: string, value: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(value)) return value;
  if (name === 'items' || name === 'additionalProperties') return definition(value);
  if (name !== 'properties') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, definition(child as JsonObject)]),
  );
}
