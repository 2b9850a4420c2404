/** A field of a message on the wire. */
interface Field {
  readonly no: number;
  readonly type: 'uint32' | 'bool' | 'string' | 'bytes' | Schema;
  readonly isRepeated?: boolean;
  /** 0 is written, and is not the same as nothing. */
  readonly hasPresence?: boolean;
}

/** The fields of a message that a version knows; those of other versions are skipped. */
export interface Schema {
  readonly [name: string]: Field;
}

/** A message as a version sees it. */
export type Fields = Record<string, unknown>;

const [VARINT, BYTES] = [0, 2];

/** Writes protobuf without anything that the product writes it with. */
export function encode(message: Fields, schema: Schema): Buffer {
  return Buffer.concat(
    Object.entries(schema).map(([name, field]) => {
      const value = message[name];
      if (field.isRepeated === true) return encodeList((value ?? []) as readonly unknown[], field);
      return value === undefined ? Buffer.alloc(0) : encodeOne(value, field);
    }),
  );
}

function encodeList(values: readonly unknown[], field: Field): Buffer {
  if (field.type !== 'uint32') return Buffer.concat(values.map((value) => encodeOne(value, field)));
  return values.length === 0
    ? Buffer.alloc(0)
    : bytesOf(field.no, Buffer.concat(values.map(Number).map(varint)));
}

function encodeOne(value: unknown, { no, type, hasPresence = false }: Field): Buffer {
  if (typeof type === 'object') return bytesOf(no, encode(value as Fields, type));
  if (type === 'string' || type === 'bytes') {
    const body = Buffer.from(value as string);
    return body.length === 0 ? body : bytesOf(no, body);
  }
  const number = Number(value);
  if (number === 0 && !hasPresence) return Buffer.alloc(0);
  return Buffer.concat([varint(no * 8 + VARINT), varint(number)]);
}

function bytesOf(no: number, body: Buffer): Buffer {
  return Buffer.concat([varint(no * 8 + BYTES), varint(body.length), body]);
}

/** Reads what a version knows, and skips the rest. */
export function decode(bytes: Buffer, schema: Schema): Fields {
  const message: Fields = {};
  for (const [name, { isRepeated }] of Object.entries(schema)) if (isRepeated === true) message[name] = [];
  const reader = new Reader(bytes);
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    const raw = reader.value(tag % 8);
    const known = Object.entries(schema).find(([, { no }]) => no === Math.floor(tag / 8));
    if (known === undefined) continue;
    const [name, { type, isRepeated = false }] = known;
    if (!isRepeated) message[name] = valueOf(raw, type);
    else (message[name] as unknown[]).push(...valuesOf(raw, type));
  }
  return message;
}

function valuesOf(raw: number | Buffer, type: Field['type']): unknown[] {
  if (type !== 'uint32' || typeof raw === 'number') return [valueOf(raw, type)];
  const values: number[] = [];
  const reader = new Reader(raw);
  while (!reader.isAtEnd) values.push(reader.varint());
  return values;
}

function valueOf(raw: number | Buffer, type: Field['type']): unknown {
  if (typeof raw === 'number') return type === 'bool' ? raw !== 0 : raw;
  if (typeof type === 'object') return decode(raw, type);
  return type === 'bytes' ? raw : raw.toString();
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  }

  value(wireType: number): number | Buffer {
    if (wireType === VARINT) return this.varint();
    const length = wireType === BYTES ? this.varint() : wireType === 1 ? 8 : 4;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
