import type { IncomingMessage } from 'node:http';

import { parse as parseYaml, YAMLParseError } from 'yaml';

import type { AccessAttributes } from '../access/attributes.ts';
import type { User } from '../access/user.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { MAX_DEPTH, opensTooDeep, parseJson, tooDeepBracket } from './depth.ts';
import { findDuplicateKeys } from './duplicate-keys.ts';
import { jsonSyntaxError } from './json-text.ts';
import { decodeProtobuf } from './protobuf.ts';
import { badRequest, StatusError, unsupportedMediaType } from './status.ts';
import { mayHoldLongNumber, withWholeNumbers, writeJson } from '../exact-json.ts';

/** The largest body that is read; a larger one is answered with 413. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** A client that goes on sending beyond this is cut off. */
const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;

/** Kubernetes' own binary form. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const OBJECT_TYPES = ['application/json', 'application/yaml', PROTOBUF];

interface TypedObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A request with its address taken apart. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Reads the body; at most once. */
  readonly readBody: () => Promise<Buffer>;
  readonly user: User;
  /** Throws a StatusError 403 unless the user may do this besides what the path and the method say. */
  readonly authorize: (attributes: AccessAttributes) => void;
  /** Adds a Warning header to the answer, whatever it is. */
  readonly warn: (text: string) => void;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** Reads a body up to the limit; reads a little further, so that the client can take the refusal. */
export function readBody(message: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  message.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else if (bytes > MAX_DISCARDED_BYTES) message.destroy();
  });
  message.once('end', () => {
    if (bytes <= MAX_BODY_BYTES) resolve(Buffer.concat(chunks));
    else
      reject(
        new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`),
      );
  });
  message.once('close', () => {
    // An error costs more than a small body: it is made only where it is needed.
    if (!message.complete) reject(badRequest('the body ended before it was complete'));
  });
  message.once('error', reject);
  return promise;
}

/** The media type of the body, without parameters. */
export function mediaType(request: ApiRequest): string {
  return (request.headers['content-type'] ?? 'application/json').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** What a body is expected to be. */
export interface ExpectedObject {
  readonly kind: string;
  /** For a kind that is built in: a body that does not say what it is, is of this version of the kind. */
  readonly apiVersion?: string;
}

/** Reads an object in JSON or YAML. */
export async function readObject(
  request: ApiRequest,
  { kind, apiVersion }: ExpectedObject,
): Promise<JsonObject> {
  const type = mediaType(request);
  if (!OBJECT_TYPES.includes(type)) throw unsupportedMediaType(OBJECT_TYPES);
  const body = await request.readBody();
  if (type === PROTOBUF) return decodeProtobuf(body);
  const source = body.toString('utf8');
  const parsed = parseObject(source, type, kind);
  const named =
    apiVersion !== undefined && isJsonObject(parsed)
      ? { ...parsed, ...omitted(parsed, { kind, apiVersion }) }
      : parsed;
  const object = requireTyped(named, source, kind);
  if (type === 'application/json' && request.query.get('fieldValidation') === 'Strict')
    refuseDuplicates(source, object);
  return object;
}

// Typed clients leave out what the path says already.
function omitted(body: JsonObject, expected: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(expected).filter(([name]) => !body[name]));
}

function refuseDuplicates(source: string, { apiVersion, kind }: TypedObject): void {
  const duplicates = findDuplicateKeys(source).map((path) => `duplicate field ${JSON.stringify(path)}`);
  if (duplicates.length === 0) return;
  const [version] = apiVersion.split('/').toReversed();
  const why = `strict decoding error: ${duplicates.join(', ')}`;
  throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);
}

function parseObject(source: string, type: string, kind: string): JsonValue {
  try {
    return parseDocument(source, type);
  } catch (error) {
    throw error instanceof StatusError ? unrecognised(error.message, source, kind) : error;
  }
}

/** Parses JSON or YAML by media type. */
export function parseDocument(source: string, type: string): JsonValue {
  if (type.endsWith('yaml')) return parseYamlDocument(source);
  try {
    return parseJson(source);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${jsonErrorText(source, error)}`);
  }
}

/** What is wrong with text that is not JSON; Go reads bytes, so anything beyond ASCII counts byte by byte. */
export function jsonErrorText(source: string, error: unknown): string {
  const why = jsonSyntaxError(Buffer.from(source, 'utf8').toString('latin1'));
  return why ?? (error instanceof Error ? error.message : String(error));
}

// YAML 1.1, as Kubernetes reads it: an unquoted `y` is a boolean.
function parseYamlDocument(source: string): JsonValue {
  // JSON is YAML, and kubectl sends it under YAML's name.
  if (source.startsWith('{')) return parseDocument(source, 'application/json');
  if (opensTooDeep(source)) throw badRequest(TOO_DEEP_YAML);
  const value = yamlValue(source);
  if (tooDeepBracket(value) !== undefined) throw badRequest(TOO_DEEP_YAML);
  return value;
}

const TOO_DEEP_YAML = `yaml: exceeded max depth of ${MAX_DEPTH}`;

function yamlValue(source: string): JsonValue {
  try {
    if (!mayHoldLongNumber(source)) return parseYaml(source, { version: '1.1' }) as JsonValue;
    return withWholeNumbers(parseYaml(source, { version: '1.1', intAsBigInt: true }) as JsonValue);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message.startsWith('Maximum call stack size exceeded')) throw badRequest(TOO_DEEP_YAML);
    if (message.startsWith('Excessive alias count'))
      throw badRequest('yaml: document contains excessive aliasing');
    if (error instanceof YAMLParseError) throw badRequest(`error converting YAML to JSON: ${message}`);
    throw error;
  }
}

function requireTyped(value: JsonValue, source: string, kind: string): TypedObject {
  if (!isJsonObject(value)) {
    const actual = Array.isArray(value) ? 'array' : typeof value;
    const shape =
      'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
    const why = `json: cannot unmarshal ${actual} into Go value of type ${shape}`;
    throw unrecognised(`couldn't get version/kind; json parse error: ${why}`, source, kind);
  }
  const { apiVersion, kind: actualKind } = value;
  for (const [name, member] of [
    ['Kind', actualKind],
    ['apiVersion', apiVersion],
  ] as const) {
    if (!member) throw unrecognised(`Object '${name}' is missing in '${writeJson(value)}'`, source, kind);
  }
  if (typeof actualKind !== 'string' || typeof apiVersion !== 'string') {
    throw badRequest("couldn't get version/kind; json parse error: apiVersion and kind must be strings");
  }
  return { ...value, apiVersion, kind: actualKind };
}

function unrecognised(why: string, source: string, kind: string): StatusError {
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): ${why} (${preview(source)})`,
  );
}

const PREVIEW_BYTES = 30;

function preview(source: string): string {
  if (source === '') return '<empty>';
  const text = source.startsWith('{') ? source : Buffer.from(source, 'utf8').toString('hex');
  return text.length > PREVIEW_BYTES ? `${text.slice(0, PREVIEW_BYTES)} ...` : text;
}
