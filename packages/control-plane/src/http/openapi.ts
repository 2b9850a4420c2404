import { createHash } from 'node:crypto';

import type { JsonObject, JsonValue } from '../json.ts';
import { apiVersionOf, type Resource } from '../resources/definition.ts';
import type { Registry } from '../resources/registry.ts';
import type { Schema } from '../schema/schema.ts';
import { META_REF, META_SCHEMAS, SCALE_SCHEMAS } from './openapi-meta.ts';
import { pathsOf, schemaName } from './openapi-paths.ts';
import { openApiV2 } from './openapi-v2.ts';
import type { ApiRequest } from './request.ts';
import { pageNotFound, type Answer } from './response.ts';
import { readJson, writeJson } from '../exact-json.ts';

interface Document {
  readonly text: string;
  readonly hash: string;
}

/** The OpenAPI v3 documents of everything served; built on demand, again when a kind changes. */
export class OpenApi {
  readonly #registry: Registry;
  #documents = new Map<string, Document>();
  #v2: Document | undefined;
  #generation = -1;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Answers `/openapi/v3` and below; `undefined` for other paths. */
  answer(request: ApiRequest): Answer | undefined {
    if (request.path === '/openapi/v3') return this.#index();
    if (request.path === '/openapi/v2') return this.#merged(request);
    if (!request.path.startsWith('/openapi/v3/')) return undefined;
    const document = this.#all().get(request.path.slice('/openapi/v3/'.length));
    return document ? documentAnswer(document, request) : pageNotFound();
  }

  // kubectl asks for a binary form first and goes on without when there is none.
  #merged(request: ApiRequest): Answer {
    const accept = request.headers.accept ?? '*/*';
    if (!/json|\*\/\*/.test(accept))
      return { status: 406, body: '', contentType: 'text/plain; charset=utf-8' };
    const documents = [...this.#all().values()].map(({ text }) => readJson(text) as JsonObject);
    this.#v2 ??= hashed(openApiV2(documents));
    return documentAnswer(this.#v2, request);
  }

  #index(): Answer {
    const paths = Object.fromEntries(
      [...this.#all()].map(([path, { hash }]) => [
        path,
        { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` },
      ]),
    );
    return { status: 200, body: JSON.stringify({ paths }), contentType: 'text/plain; charset=utf-8' };
  }

  #all(): ReadonlyMap<string, Document> {
    if (this.#generation !== this.#registry.generation) {
      this.#generation = this.#registry.generation;
      this.#v2 = undefined;
      this.#documents = new Map(this.#build());
    }
    return this.#documents;
  }

  *#build(): Generator<[path: string, document: Document]> {
    yield ['apis', documentOf([])];
    for (const { name, versions } of this.#registry.groups()) {
      for (const version of versions) {
        const path = name === '' ? `api/${version}` : `apis/${name}/${version}`;
        yield [path, documentOf(this.#registry.resources(name, version))];
      }
    }
  }
}

function documentOf(resources: readonly Resource[]): Document {
  const kinds = resources.flatMap((resource) => [
    [schemaName(resource), kindSchema(resource)] as const,
    [`${schemaName(resource)}List`, listSchema(resource)] as const,
  ]);
  const hasScale = resources.some(({ version }) => version.scale !== undefined);
  const schemas = { ...Object.fromEntries(kinds), ...META_SCHEMAS, ...(hasScale && SCALE_SCHEMAS) };
  return hashed({
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.36.2' },
    paths: Object.assign({}, ...resources.map(pathsOf)) as JsonObject,
    components: { schemas },
  });
}

function documentAnswer({ text, hash }: Document, { headers }: ApiRequest): Answer {
  const etag = `"${hash}"`;
  const caching = { ETag: etag, Vary: 'Accept' };
  if (headers['if-none-match'] === etag) return { status: 304, body: '', headers: caching };
  return { status: 200, body: text, contentType: 'application/json', headers: caching };
}

function hashed(document: JsonObject): Document {
  const text = writeJson(document);
  return { text, hash: createHash('sha256').update(text).digest('hex').toUpperCase() };
}

function kindSchema(resource: Resource): JsonObject {
  const { definition, version } = resource;
  const { properties, ...rest } = published(version.schema.root) as JsonObject & {
    readonly properties: JsonObject;
  };
  const { group, kind } = definition;
  const selectable = version.selectableFields.map(({ path }) => ({ fieldPath: path }));
  return {
    ...rest,
    properties: {
      ...properties,
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { description: METADATA_DESCRIPTION, allOf: [{ $ref: META_REF.ObjectMeta }] },
    },
    'x-kubernetes-group-version-kind': [{ group, version: version.name, kind }],
    ...(definition.isCustom && selectable.length > 0 && { 'x-kubernetes-selectable-fields': selectable }),
  };
}

function listSchema(resource: Resource): JsonObject {
  const { definition, version } = resource;
  const items = {
    type: 'array',
    items: { allOf: [{ $ref: `#/components/schemas/${schemaName(resource)}` }], default: {} },
  };
  return {
    type: 'object',
    description: `${definition.listKind} is a list of ${definition.kind} (${apiVersionOf(resource)})`,
    required: ['items'],
    properties: {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { allOf: [{ $ref: META_REF.ListMeta }] },
      items,
    },
    'x-kubernetes-group-version-kind': [
      { group: definition.group, version: version.name, kind: definition.listKind },
    ],
  };
}

// An int-or-string field is published as a choice of types, which clients without the extension understand.
function published(schema: Schema): JsonObject {
  const { properties, items, additionalProperties, ...rest } = schema;
  const isIntOrString = schema['x-kubernetes-int-or-string'] && !schema.anyOf;
  return {
    ...(rest as JsonObject),
    ...(isIntOrString && { anyOf: [{ type: 'integer' }, { type: 'string' }] }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, child]) => [name, published(child)]),
      ),
    }),
    ...(items && { items: published(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'object' ? published(additionalProperties) : additionalProperties,
    }),
  };
}

const CONVENTIONS = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';
const METADATA_DESCRIPTION = `Standard object's metadata. More info: ${CONVENTIONS}#metadata`;
const API_VERSION: JsonValue = {
  type: 'string',
  description:
    'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized ' +
    `schemas to the latest internal value, and may reject unrecognized values. More info: ${CONVENTIONS}#resources`,
};
const KIND: JsonValue = {
  type: 'string',
  description:
    'Kind is a string value representing the REST resource this object represents. Servers may infer this from the ' +
    `endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: ${CONVENTIONS}#types-kinds`,
};
