import type { JsonObject, JsonValue } from '../json.ts';
import type { Resource } from '../resources/definition.ts';
import { META_REF } from './openapi-meta.ts';

interface OperationOptions {
  readonly action: string;
  readonly parameters?: readonly JsonValue[];
  readonly body?: JsonObject;
}

/** The name of a kind's schema: the group reversed, the version, the kind. */
export function schemaName({ definition, version }: Resource): string {
  const { group, kind } = definition;
  if (group === '') return `io.k8s.api.core.${version.name}.${kind}`;
  if (!definition.isCustom) return `io.k8s.api.${group.split('.')[0]}.${version.name}.${kind}`;
  return [...group.split('.').toReversed(), version.name, kind].join('.');
}

/** Every path of a resource with its operations. kubectl looks here for `fieldValidation` and `dryRun`. */
export function pathsOf(resource: Resource): JsonObject {
  const { definition, version } = resource;
  const root = definition.group === '' ? `/api/${version.name}` : `/apis/${definition.group}/${version.name}`;
  const { plural, isNamespaced } = definition;
  const collection = isNamespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const scope = isNamespaced ? [pathParameter('namespace')] : [];
  const item = [...scope, pathParameter('name')];
  const operation = operationOf(resource);
  const kind = { [JSON_TYPE]: { schema: { $ref: `#/components/schemas/${schemaName(resource)}` } } };
  const write = { parameters: WRITE_PARAMETERS, body: { content: kind, required: true } };
  const patch = {
    parameters: [...WRITE_PARAMETERS, FORCE],
    body: { content: patchContent(definition.isCustom), required: true },
  };
  const subresource = {
    get: operation({ action: 'get' }),
    put: operation({ action: 'put', ...write }),
    patch: operation({ action: 'patch', ...patch }),
    parameters: item,
  };
  const deletion = { content: { [JSON_TYPE]: { schema: { $ref: META_REF.DeleteOptions } } } };
  return {
    [collection]: {
      get: operation({ action: 'list', parameters: LIST_PARAMETERS }),
      post: operation({ action: 'post', ...write }),
      delete: operation({ action: 'deletecollection', parameters: LIST_PARAMETERS }),
      parameters: [...scope, PRETTY],
    },
    [`${collection}/{name}`]: {
      get: operation({ action: 'get' }),
      put: operation({ action: 'put', ...write }),
      delete: operation({ action: 'delete', parameters: [DRY_RUN], body: deletion }),
      patch: operation({ action: 'patch', ...patch }),
      parameters: [...item, PRETTY],
    },
    ...(isNamespaced && {
      [`${root}/${plural}`]: { get: operation({ action: 'list' }), parameters: LIST_PARAMETERS },
    }),
    ...(version.hasStatus && { [`${collection}/{name}/status`]: subresource }),
    ...(version.scale && { [`${collection}/{name}/scale`]: subresource }),
  };
}

const JSON_TYPE = 'application/json';

function operationOf(resource: Resource): (options: OperationOptions) => JsonObject {
  const { definition, version } = resource;
  const { group, kind } = definition;
  const success = { [JSON_TYPE]: { schema: { $ref: `#/components/schemas/${schemaName(resource)}` } } };
  return ({ action, parameters, body }) => ({
    responses: { 200: { description: 'OK', content: success }, 401: { description: 'Unauthorized' } },
    ...(parameters && { parameters }),
    ...(body && { requestBody: body }),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version: version.name, kind },
  });
}

function patchContent(isCustom: boolean): JsonObject {
  const content = { schema: { $ref: META_REF.Patch } };
  const types = [
    'application/apply-patch+yaml',
    'application/json-patch+json',
    'application/merge-patch+json',
    ...(isCustom ? [] : ['application/strategic-merge-patch+json']),
  ];
  return Object.fromEntries(types.map((type) => [type, content]));
}

function pathParameter(name: string): JsonObject {
  const description =
    name === 'name' ? 'name of the object' : 'object name and auth scope, such as for teams and projects';
  return { name, in: 'path', description, required: true, schema: { type: 'string', uniqueItems: true } };
}

function queryParameter(name: string, type: string): JsonObject {
  return { name, in: 'query', schema: { type, uniqueItems: true } };
}

const PRETTY = queryParameter('pretty', 'string');
const DRY_RUN = queryParameter('dryRun', 'string');
const FORCE = queryParameter('force', 'boolean');
const WRITE_PARAMETERS = [
  DRY_RUN,
  queryParameter('fieldManager', 'string'),
  queryParameter('fieldValidation', 'string'),
];
const LIST_PARAMETERS = [
  queryParameter('allowWatchBookmarks', 'boolean'),
  queryParameter('continue', 'string'),
  queryParameter('fieldSelector', 'string'),
  queryParameter('labelSelector', 'string'),
  queryParameter('limit', 'integer'),
  queryParameter('resourceVersion', 'string'),
  queryParameter('resourceVersionMatch', 'string'),
  queryParameter('sendInitialEvents', 'boolean'),
  queryParameter('shardSelector', 'string'),
  queryParameter('timeoutSeconds', 'integer'),
  queryParameter('watch', 'boolean'),
];
