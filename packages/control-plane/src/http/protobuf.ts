import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

import { wholeNumber } from '../exact-json.ts';
import type { JsonObject, JsonValue, MutableJsonObject } from '../json.ts';
import { DELETE_OPTIONS, KINDS, type FieldType, type MessageType } from './protobuf-kinds.ts';
import { type StatusError, badRequest, unsupportedMediaType } from './status.ts';

const MAGIC = 'k8s\u0000';

/**
 * Decodes the protobuf form of a built-in kind into its JSON form.
 *
 * @throws StatusError 400 for a body that is not such a message, 415 for a kind whose fields are not known here.
 */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (body.subarray(0, MAGIC.length).toString('latin1') !== MAGIC) {
    throw badRequest(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  }
  const { apiVersion, kind, raw } = readEnvelope(body.subarray(MAGIC.length));
  const type = kind === 'DeleteOptions' ? DELETE_OPTIONS : KINDS[`${apiVersion} ${kind}`];
  if (!type) throw unsupportedMediaType(['application/json', 'application/yaml']);
  return { apiVersion, kind, ...readMessage(new BinaryReader(raw), raw.length, type) };
}

interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  raw: Uint8Array;
}

// runtime.Unknown: typeMeta = 1 { apiVersion = 1, kind = 2 }, raw = 2.
function readEnvelope(bytes: Uint8Array): Envelope {
  const reader = new BinaryReader(bytes);
  const envelope: Envelope = { apiVersion: '', kind: '', raw: new Uint8Array() };
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 2) envelope.raw = reader.bytes();
    else if (field === 1) Object.assign(envelope, readTyped(reader));
    else reader.skip(wire);
  }
  return envelope;
}

function readTyped(reader: BinaryReader): JsonObject {
  return readMessage(reader, reader.uint32() + reader.pos, {
    1: ['apiVersion', 'string'],
    2: ['kind', 'string'],
  });
}

function readMessage(reader: BinaryReader, end: number, type: MessageType): JsonObject {
  const object: MutableJsonObject = {};
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    const [name, fieldType] = type[field] ?? [];
    if (name === undefined || fieldType === undefined) {
      if (!isZero(reader, wire)) throw unread(field);
      continue;
    }
    readField(reader, { object, name, fieldType, wire });
  }
  return withoutZeros(object);
}

/** Reads a field that is not known here; Go writes empty messages and zeros, which say nothing. */
function isZero(reader: BinaryReader, wire: WireType): boolean {
  if (wire === WireType.Varint) return reader.int64().toString() === '0';
  if (wire !== WireType.LengthDelimited) {
    reader.skip(wire);
    return false;
  }
  const bytes = reader.bytes();
  const inner = new BinaryReader(bytes);
  try {
    while (inner.pos < inner.len) {
      const [, innerWire] = inner.tag();
      if (!isZero(inner, innerWire)) return false;
    }
    return true;
  } catch {
    return false; // not a message: text or bytes that do say something
  }
}

/** What cannot be read is refused, never dropped. */
function unread(field: number): StatusError {
  return badRequest(
    `this server does not read field ${field} of the protobuf form: send the object as JSON or YAML, e.g. with kubectl apply -f`,
  );
}

interface FieldPlace {
  readonly object: MutableJsonObject;
  readonly name: string;
  readonly fieldType: FieldType;
  readonly wire: WireType;
}

function readField(reader: BinaryReader, { object, name, fieldType, wire }: FieldPlace): void {
  if (typeof fieldType === 'object' && 'list' in fieldType) {
    object[name] = [
      ...((object[name] as readonly JsonValue[] | undefined) ?? []),
      readValue(reader, fieldType.list),
    ];
  } else if (typeof fieldType === 'object' && 'map' in fieldType) {
    const entry = readMessage(reader, reader.uint32() + reader.pos, {
      1: ['key', 'string'],
      2: ['value', fieldType.map],
    });
    const key = typeof entry['key'] === 'string' ? entry['key'] : '';
    object[name] = { ...(object[name] as JsonObject | undefined), [key]: entry['value'] ?? '' };
  } else if (wire === WireType.StartGroup) {
    reader.skip(wire);
  } else {
    object[name] = readValue(reader, fieldType);
  }
}

function readValue(reader: BinaryReader, type: FieldType): JsonValue {
  switch (type) {
    case 'string':
      return reader.string();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'int':
      return wholeNumber(BigInt(reader.int64()));
    case 'bool':
      return reader.bool();
    case 'intOrString': {
      const fields: MessageType = { 1: ['type', 'int'], 2: ['number', 'int'], 3: ['text', 'string'] };
      const either = readMessage(reader, reader.uint32() + reader.pos, fields);
      return (either['type'] === 1 ? either['text'] : either['number']) ?? 0;
    }
    case 'time': {
      const time = readMessage(reader, reader.uint32() + reader.pos, { 1: ['seconds', 'int'] });
      return typeof time['seconds'] === 'number' ? new Date(time['seconds'] * 1000).toISOString() : null;
    }
    default:
      return readMessage(reader, reader.uint32() + reader.pos, 'message' in type ? type.message() : {});
  }
}

// Go writes the empty string and zero where JSON leaves the field out.
function withoutZeros(object: MutableJsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== '' && value !== null && value !== undefined),
  );
}
