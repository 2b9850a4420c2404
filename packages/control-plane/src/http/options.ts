import { writeJson } from '../exact-json.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import type { DeleteOptions, PropagationPolicy } from '../resources/deleter.ts';
import type { FieldValidation } from '../resources/decode.ts';
import type { ApplyOptions, WriteOptions } from '../resources/writer.ts';
import { decodeProtobuf } from './protobuf.ts';
import { mediaType, parseDocument, PROTOBUF, type ApiRequest } from './request.ts';
import { invalid } from './status.ts';

const FIELD_VALIDATIONS = ['Ignore', 'Strict', 'Warn'];
const POLICIES = ['Foreground', 'Background', 'Orphan'];

/** Reads dryRun, fieldValidation and fieldManager; `kind` names the options in errors. */
export function parseWriteOptions({ query, headers, warn }: ApiRequest, kind: string): WriteOptions {
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  if (!FIELD_VALIDATIONS.includes(fieldValidation)) {
    throw unsupported(kind, 'fieldValidation', fieldValidation, ['', ...FIELD_VALIDATIONS]);
  }
  const fieldManager =
    query.get('fieldManager') || (headers['user-agent'] ?? 'unknown').split('/', 1)[0] || 'unknown';
  return {
    isDryRun: parseDryRun(query.getAll('dryRun'), kind),
    isPatch: kind === 'PatchOptions',
    fieldValidation: fieldValidation as FieldValidation,
    fieldManager: fieldManager.slice(0, 128),
    warn,
  };
}

/** Reads the options of a server-side apply; it must say who applies. */
export function parseApplyOptions(request: ApiRequest): Omit<ApplyOptions, 'checkCreation'> {
  if (!request.query.get('fieldManager')) {
    const message = 'Required value: is required for apply patch';
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      { reason: 'FieldValueRequired', message, field: 'fieldManager' },
    ]);
  }
  return { ...parseWriteOptions(request, 'PatchOptions'), isForced: request.query.get('force') === 'true' };
}

/** Reads delete options from the query and the body. */
export async function parseDeleteOptions(request: ApiRequest): Promise<DeleteOptions> {
  const body = await readDeleteBody(request);
  const preconditions = isJsonObject(body['preconditions']) ? body['preconditions'] : {};
  const dryRun = Array.isArray(body['dryRun']) ? body['dryRun'].map(String) : [];
  return {
    isDryRun: parseDryRun([...request.query.getAll('dryRun'), ...dryRun], 'DeleteOptions'),
    propagationPolicy: parsePolicy(request.query, body),
    uid: typeof preconditions['uid'] === 'string' ? preconditions['uid'] : undefined,
    resourceVersion:
      typeof preconditions['resourceVersion'] === 'string' ? preconditions['resourceVersion'] : undefined,
  };
}

async function readDeleteBody(request: ApiRequest): Promise<JsonObject> {
  const body = await request.readBody();
  if (body.length === 0) return {};
  const type = mediaType(request);
  if (type === PROTOBUF) return decodeProtobuf(body);
  const value = parseDocument(body.toString('utf8'), type);
  return isJsonObject(value) ? value : {};
}

function parsePolicy(query: URLSearchParams, body: JsonObject): PropagationPolicy | undefined {
  const policy = query.get('propagationPolicy') ?? body['propagationPolicy'];
  const orphans = body['orphanDependents'] ?? query.get('orphanDependents') ?? undefined;
  if (policy === undefined || policy === null || policy === '') {
    if (orphans === true || orphans === 'true') return 'Orphan';
    return orphans === undefined ? undefined : 'Background';
  }
  if (orphans !== undefined) {
    const message = `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`;
    throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
      { reason: 'FieldValueInvalid', message, field: 'propagationPolicy' },
    ]);
  }
  if (typeof policy !== 'string' || !POLICIES.includes(policy)) {
    throw unsupported('DeleteOptions', 'propagationPolicy', JSON.stringify(policy).replaceAll('"', ''), [
      ...POLICIES,
      'nil',
    ]);
  }
  return policy as PropagationPolicy;
}

function parseDryRun(values: readonly string[], kind: string): boolean {
  const wrong = values.find((value) => value !== 'All');
  if (wrong !== undefined) throw unsupported(kind, 'dryRun', values, ['All']);
  return values.length > 0;
}

function unsupported(
  kind: string,
  field: string,
  value: string | readonly string[],
  supported: readonly string[],
): Error {
  const list = supported.map((item) => JSON.stringify(item)).join(', ');
  const message = `Unsupported value: ${writeJson(value)}: supported values: ${list}`;
  return invalid({ group: 'meta.k8s.io', kind }, '', [{ reason: 'FieldValueNotSupported', message, field }]);
}
