import { badRequest, invalid, type StatusError } from '../http/status.ts';
import type { JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { TYPE_AND_META, type Schema } from '../schema/schema.ts';
import { apiVersionOf, type Resource, type ResourceDefinition } from './definition.ts';
import { metadataTypeError } from './metadata.ts';
import { writeJson } from '../exact-json.ts';

/** What to do with fields that the schema does not know. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** How a body is to be decoded. */
export interface DecodeOptions {
  readonly fieldValidation: FieldValidation;
  /** Whether the object comes from a patch; decides how a strict decoding error is reported. */
  readonly isPatch: boolean;
  /** Takes what the client should know and nothing fails for, such as dropped fields. */
  readonly warn: (text: string) => void;
}

/** Takes a body for an object of `resource`; refuses one of another version, kind or namespace. */
export function decode(
  body: JsonObject,
  { resource, namespace }: { readonly resource: Resource; readonly namespace: string | undefined },
  options: DecodeOptions,
): KubeObject {
  const { definition, version } = resource;
  const typeError = metadataTypeError(body['metadata']);
  if (typeError) {
    throw badRequest(
      `${definition.kind} in version ${JSON.stringify(version.name)} cannot be handled as a ${definition.kind}: ${typeError}`,
    );
  }
  const object = { ...body, metadata: body['metadata'] ?? {} } as KubeObject;
  const expected = apiVersionOf(resource);
  if (object.apiVersion !== expected) {
    if (isOtherVersion(object, definition)) reportUnknown(undeclared(object), { object, resource }, options);
    throw badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  if (object.kind !== definition.kind) {
    const message = `Invalid value: ${JSON.stringify(object.kind)}: must be ${definition.kind}`;
    throw invalid({ group: definition.group, kind: object.kind }, object.metadata.name ?? '', [
      { reason: 'FieldValueInvalid', message, field: 'kind' },
    ]);
  }
  if (object.metadata.namespace !== undefined && object.metadata.namespace !== (namespace ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return object;
}

/** Tells the client of fields that nobody knows, or refuses them, as it has asked. */
export function reportUnknown(
  paths: readonly string[],
  { object, resource }: { readonly object: KubeObject; readonly resource: Resource },
  { fieldValidation, isPatch, warn }: DecodeOptions,
): void {
  const texts = paths.map((path) => `unknown field ${JSON.stringify(path)}`);
  if (texts.length === 0 || fieldValidation === 'Ignore') return;
  if (fieldValidation === 'Warn') texts.forEach((text) => warn(text));
  else throw isPatch ? strictPatchError(texts, object) : strictDecodingError(texts, resource);
}

// A version that the kind does not have declares nothing.
function isOtherVersion({ apiVersion, kind }: KubeObject, definition: ResourceDefinition): boolean {
  return definition.isCustom && kind === definition.kind && apiVersion.startsWith(`${definition.group}/`);
}

function undeclared(object: KubeObject): readonly string[] {
  return Object.keys(object).filter((name) => !Object.hasOwn(TYPE_AND_META, name));
}

/** Built-in kinds are decoded into types before anything looks at them, so a wrong type is no validation error. */
export function refuseWrongTypes(object: KubeObject, { definition, version }: Resource): void {
  const [wrong] = version.schema.checkTypes(object);
  if (!wrong) return;
  const match = /^Invalid value: (.*): .* in body must be of type ([^:]*):/s.exec(wrong.message);
  const [, actual = '', expected = ''] = match ?? [];
  const field = `${definition.kind}.${declaredPath(wrong.field ?? '', version.schema.root)}`;
  const why =
    expected === 'date-time'
      ? `parsing time ${actual} as "2006-01-02T15:04:05Z07:00": cannot parse ${actual} as "2006"`
      : `json: cannot unmarshal ${actual.replaceAll('"', '').replace('integer', 'number')} into Go struct field ${field} of type ${expected}`;
  const { kind } = definition;
  throw badRequest(
    `${kind} in version ${JSON.stringify(version.name)} cannot be handled as a ${kind}: ${why}`,
  );
}

// Go names the members of types, not the keys of maps below them.
function declaredPath(path: string, schema: Schema): string {
  const names: string[] = [];
  let current: Schema | undefined = schema;
  for (const name of path.replace(/\[[^\]]*\]/g, '').split('.')) {
    while (current?.items) current = current.items;
    if (!current?.properties?.[name]) break;
    names.push(name);
    current = current.properties[name];
  }
  return names.join('.');
}

/** Refuses an object whose name is not that of the request. */
export function refuseOtherName({ metadata }: KubeObject, name: string): void {
  if (metadata.name === undefined || metadata.name === name) return;
  throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
}

// What a strict create or update answers to fields that nobody knows.
function strictDecodingError(texts: readonly string[], { definition, version }: Resource): StatusError {
  const { kind } = definition;
  const why = `strict decoding error: ${texts.join(', ')}`;
  return badRequest(
    `${kind} in version ${JSON.stringify(version.name)} cannot be handled as a ${kind}: ${why}`,
  );
}

// The same for a patch, whose result is what was decoded.
function strictPatchError(texts: readonly string[], object: KubeObject): StatusError {
  const message = `Invalid value: ${JSON.stringify(writeJson(object))}: strict decoding error: ${texts.join(', ')}`;
  const causes = [{ reason: 'FieldValueInvalid', message, field: 'patch' }];
  return invalid({ group: '', kind: '' }, '', causes);
}
