import {
  type Json,
  type JsonObject,
  MAX_MESSAGE_BYTES,
  type Passed,
  TinyError,
  parseJson,
  stringifyJson,
} from '@tinysystems/core';

/** JSON as it goes over the wire. */
export interface JsonText {
  readonly text: string;
  /** Its length as UTF-8. */
  readonly bytes: number;
}

/** No JSON at all, which is what a call without an answer is answered with. */
export const NO_TEXT: JsonText = { text: '', bytes: 0 };

/** The most levels of arrays and objects in a message: what recurses over it has room on the stack. */
export const MAX_NESTING = 1000;

/**
 * Writes a message's data for the wire.
 *
 * @throws TinyError `Permanent`: `MESSAGE_TOO_LARGE` above 4 MiB, `MESSAGE_INVALID` for what is too deep to be written.
 */
export function encodeJson(value: Json, what: () => string): JsonText {
  const json = jsonText(textOf(value, what));
  if (json.bytes > MAX_MESSAGE_BYTES) throw tooLarge(json.bytes, what);
  return json;
}

/** Writes a reply for the wire: nothing for no reply. */
export function encodeReply(reply: Json | undefined, what: () => string): JsonText {
  return reply === undefined ? NO_TEXT : encodeJson(reply, what);
}

/**
 * Reads a message's data.
 *
 * @throws TinyError `Permanent`: `MESSAGE_INVALID` when it is not JSON, or nested deeper than 1000 levels;
 * `MESSAGE_TOO_LARGE`.
 */
export function decodeJson({ text, bytes }: JsonText, what: () => string): Json {
  if (bytes > MAX_MESSAGE_BYTES) throw tooLarge(bytes, what);
  if (text.length > GLANCE_LENGTH && beginsDeep(text)) throw tooDeep(what);
  const value = valueOf(text, what);
  // Each level takes two brackets: what is shorter cannot be too deep.
  if (bytes > 2 * MAX_NESTING && isDeeperThan(value, MAX_NESTING)) throw tooDeep(what);
  return value;
}

/** Reads a reply: `undefined` when nobody replied. */
export function decodeReply(reply: JsonText, what: () => string): Json | undefined {
  return reply.bytes === 0 ? undefined : decodeJson(reply, what);
}

/** A text that is JSON. */
export function jsonText(text: string): JsonText {
  return { text, bytes: Buffer.byteLength(text) };
}

/** The JSON of a single call. */
export function jsonTextFromBytes(bytes: Uint8Array): JsonText {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return { text, bytes: bytes.length };
}

/** The most nodes of a chain that go over the wire: the newest, each once. */
const MAX_PASSED = 64;
const MAX_PASSED_LENGTH = 4096;

/** Writes the nodes that a chain has passed, newest first. */
export function encodePassed(passed: Passed): string {
  if (passed.before === undefined && passed.node.length <= MAX_PASSED_LENGTH) return passed.node;
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
  if (header === '') return undefined;
  if (!header.includes(',') && header.length <= MAX_PASSED_LENGTH) return { node: header, before: undefined };
  const names = header
    .slice(0, MAX_PASSED_LENGTH)
    .split(',')
    .filter((name) => name !== '');
  return names.reduceRight<Passed | undefined>((before, node) => ({ node, before }), undefined);
}

function textOf(value: Json, what: () => string): string {
  try {
    return stringifyJson(value);
  } catch (cause) {
    if ((cause as Error).name === 'RangeError') throw tooDeep(what, cause);
    throw new TinyError('Permanent', 'MESSAGE_INVALID', `${what()} cannot be written as JSON`, { cause });
  }
}

function valueOf(text: string, what: () => string): Json {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new TinyError('Permanent', 'MESSAGE_INVALID', `${what()} is not JSON`, { cause });
  }
}

/** Looks at the first bytes, so that what is made to be deep is refused before it is parsed. */
function beginsDeep(text: string): boolean {
  let levels = 0;
  let isInText = false;
  for (let at = 0; at < GLANCE_LENGTH && levels <= MAX_NESTING; at += 1) {
    const char = text[at];
    if (char === '"') isInText = !isInText;
    else if (isInText) at += char === '\\' ? 1 : 0;
    else if (char === '[' || char === '{') levels += 1;
    else if (char === ']' || char === '}') levels -= 1;
  }
  return levels > MAX_NESTING;
}

function isDeeperThan(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item: Json) => isDeeperThan(item, levels - 1));
  const record = value as JsonObject;
  for (const key in record) if (isDeeperThan(record[key] as Json, levels - 1)) return true;
  return false;
}

function tooDeep(what: () => string, cause?: unknown): TinyError {
  const text = `${what()} is nested too deep: at most ${MAX_NESTING} levels of arrays and objects`;
  return new TinyError('Permanent', 'MESSAGE_INVALID', text, { cause });
}

function tooLarge(bytes: number, what: () => string): TinyError {
  const text = `${what()} has ${bytes} bytes of JSON; the limit is ${MAX_MESSAGE_BYTES}`;
  return new TinyError('Permanent', 'MESSAGE_TOO_LARGE', text);
}

/** Enough for 1000 levels with short names. */
const GLANCE_LENGTH = 8 * 1024;
