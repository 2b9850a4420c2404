import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { jsonPatch, JsonPatchError, type JsonPatchOperation } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge.ts';
import type { KubeObject } from '../kube-object.ts';
import { strategicMerge } from '../patch/strategic.ts';
import type { Resource } from '../resources/definition.ts';
import { parseJson, tooDeepBracket } from './depth.ts';
import { jsonErrorText, mediaType, parseDocument, type ApiRequest } from './request.ts';
import { badRequest, StatusError, unsupportedMediaType } from './status.ts';

/** A change of an object. */
export type Change = (current: KubeObject) => JsonObject;

/** What a PATCH request asks for. */
export type Patch = { readonly change: Change } | { readonly configuration: JsonObject };

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';
/** As many as a real server takes. */
const MAX_OPERATIONS = 10_000;
const APPLY_PATCH = 'application/apply-patch+yaml';

/**
 * Reads a patch by its media type.
 *
 * @throws StatusError 415 for a type that the resource does not accept, 400 for a body that is not such a patch.
 */
export async function patchFrom(request: ApiRequest, resource: Resource): Promise<Patch> {
  const type = mediaType(request);
  const accepted = [
    JSON_PATCH,
    MERGE_PATCH,
    ...(resource.definition.isCustom ? [] : [STRATEGIC_MERGE_PATCH]),
    APPLY_PATCH,
  ];
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
  const source = (await request.readBody()).toString('utf8');
  if (type === APPLY_PATCH)
    return { configuration: requireConfiguration(parseDocument(source, 'application/yaml')) };
  const body = decodePatch(source);
  if (type === JSON_PATCH) return { change: jsonPatchOf(body) };
  const patch = requireObject(body);
  if (type === STRATEGIC_MERGE_PATCH) {
    return { change: (current) => strategicMerge(current, patch, resource.version.schema.ownership) };
  }
  return { change: (current) => mergePatch(current, patch) as JsonObject };
}

function jsonPatchOf(body: JsonValue): Change {
  if (!isJsonArray(body))
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
  if (body.length > MAX_OPERATIONS) {
    const why = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${body.length}`;
    throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: ${why}`);
  }
  return (current) => {
    try {
      const patched = jsonPatch(current, body as readonly (JsonValue & JsonPatchOperation)[]);
      if (tooDeepBracket(patched)) throw new JsonPatchError('the patched object nests too deep');
      return patched as JsonObject;
    } catch (error) {
      if (!(error instanceof JsonPatchError)) throw error;
      throw new StatusError(
        422,
        'Invalid',
        'the server rejected our request due to an error in our request',
        {},
      );
    }
  };
}

function requireConfiguration(body: JsonValue): JsonObject {
  const configuration = requireObject(body);
  const { apiVersion, kind, metadata } = configuration;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    const [version, group] = (typeof apiVersion === 'string' ? apiVersion : '').split('/').toReversed();
    throw badRequest(
      `invalid object type: ${group ?? ''}/${version ?? ''}, Kind=${typeof kind === 'string' ? kind : ''}`,
    );
  }
  if (
    isJsonObject(metadata) &&
    isJsonArray(metadata['managedFields']) &&
    metadata['managedFields'].length > 0
  ) {
    throw badRequest('metadata.managedFields must be nil');
  }
  return configuration;
}

function requireObject(body: JsonValue): JsonObject {
  if (isJsonObject(body)) return body;
  const actual = isJsonArray(body) ? 'array' : typeof body;
  throw badRequest(
    `error decoding patch: json: cannot unmarshal ${actual} into Go value of type map[string]interface {}`,
  );
}

function decodePatch(source: string): JsonValue {
  try {
    return parseJson(source);
  } catch (error) {
    throw badRequest(`error decoding patch: ${jsonErrorText(source, error)}`);
  }
}
