import {
  type Json,
  MAX_MESSAGE_BYTES,
  type Passed,
  TinyError,
  type TraceContext,
  parseJson,
  stringifyJson,
} from '@tinysystems/core';

/** Writes a message's data for the wire. @throws TinyError `Permanent`/`MESSAGE_TOO_LARGE` above 4 MiB. */
export function encodeJson(value: Json, what: string): Buffer {
  const bytes = Buffer.from(stringifyJson(value));
  refuseLarge(bytes, what);
  return bytes;
}

/** Writes a reply for the wire: nothing for no reply. */
export function encodeReply(reply: Json | undefined, what: string): Buffer {
  return reply === undefined ? NOTHING : encodeJson(reply, what);
}

/** Reads a message's data. @throws TinyError `Permanent`: `MESSAGE_INVALID` when it is not JSON, `MESSAGE_TOO_LARGE`. */
export function decodeJson(bytes: Uint8Array, what: string): Json {
  refuseLarge(bytes, what);
  try {
    return parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (error) {
    throw new TinyError('Permanent', 'MESSAGE_INVALID', `${what} is not JSON`, { cause: error });
  }
}

/** Reads a reply: `undefined` when nobody replied. */
export function decodeReply(bytes: Uint8Array, what: string): Json | undefined {
  return bytes.length === 0 ? undefined : decodeJson(bytes, what);
}

/** Writes a trace as W3C `traceparent`. */
export function encodeTraceparent({ traceId, spanId, traceFlags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** Reads a W3C `traceparent`; `undefined` when it is not valid. */
export function decodeTraceparent(header: string): TraceContext | undefined {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(header);
  if (match === null) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = match;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

/** The most nodes of a chain that go over the wire: the newest, each once. */
const MAX_PASSED = 64;
const MAX_PASSED_LENGTH = 4096;

/** Writes the nodes that a chain has passed, newest first. */
export function encodePassed(passed: Passed): string {
  const names = new Set<string>();
  for (
    let step: Passed | undefined = passed;
    step !== undefined && names.size < MAX_PASSED;
    step = step.before
  )
    names.add(step.node);
  const text = [...names].join(',');
  return text.length <= MAX_PASSED_LENGTH ? text : text.slice(0, text.lastIndexOf(',', MAX_PASSED_LENGTH));
}

/** Reads the nodes that a chain has passed; `undefined` when there are none. */
export function decodePassed(header: string): Passed | undefined {
  const names = header
    .slice(0, MAX_PASSED_LENGTH)
    .split(',')
    .filter((name) => name !== '');
  return names.reduceRight<Passed | undefined>((before, node) => ({ node, before }), undefined);
}

function refuseLarge(bytes: Uint8Array, what: string): void {
  if (bytes.length <= MAX_MESSAGE_BYTES) return;
  throw new TinyError(
    'Permanent',
    'MESSAGE_TOO_LARGE',
    `${what} has ${bytes.length} bytes of JSON; the limit is ${MAX_MESSAGE_BYTES}`,
  );
}

const NOTHING = Buffer.alloc(0);
