import type { JsonText } from './codec.ts';
import { LENGTH_DELIMITED, VARINT } from './protobuf-writer.ts';
import { TextCache } from './text-cache.ts';

const NOTHING = Buffer.alloc(0);

/** Reads one message after the other in the encoding of Protocol Buffers. */
export class ProtobufReader {
  readonly #names = new TextCache();
  #memory: Buffer = NOTHING;
  #at = 0;
  #tag = 0;

  /** Begins a message. @returns where it ends. */
  start(message: Buffer): number {
    this.#memory = message;
    this.#at = 0;
    return message.length;
  }

  /** The message was read, or failed to be: its memory is let go. */
  stop(): void {
    this.#memory = NOTHING;
  }

  /** @returns the number of the next field, 0 when there is none before `end`. */
  field(end: number): number {
    if (this.#at === end) return 0;
    if (this.#at > end) throw malformed();
    this.#tag = this.#varint();
    if (this.#tag < 8) throw malformed();
    return this.#tag >>> 3;
  }

  /** Begins an inner message. @returns where it ends. */
  open(): number {
    if ((this.#tag & 7) !== LENGTH_DELIMITED) throw malformed();
    const length = this.#varint();
    const end = this.#at + length;
    if (end > this.#memory.length) throw malformed();
    return end;
  }

  number(): number {
    if ((this.#tag & 7) !== VARINT) throw malformed();
    return this.#varint();
  }

  /** The numbers of a repeated field, packed or single. */
  numbers(into: number[]): void {
    if ((this.#tag & 7) === VARINT) return void into.push(this.#varint());
    const end = this.open();
    while (this.#at < end) into.push(this.#varint());
  }

  /** A view into the message's memory. */
  bytes(): Buffer {
    const end = this.open();
    const bytes = this.#memory.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  json(): JsonText {
    const end = this.open();
    const bytes = end - this.#at;
    const text = this.#memory.toString('utf8', this.#at, end);
    this.#at = end;
    return { text, bytes };
  }

  text(): string {
    const end = this.open();
    const text = this.#memory.toString('utf8', this.#at, end);
    this.#at = end;
    return text;
  }

  /** A text that comes again and again. */
  name(): string {
    const end = this.open();
    const name = this.#names.read(this.#memory, this.#at, end);
    this.#at = end;
    return name;
  }

  /** Passes over a field that this version does not know. */
  skip(): void {
    const type = this.#tag & 7;
    if (type === VARINT) this.#varint();
    else if (type === LENGTH_DELIMITED) this.#at = this.open();
    else if (type === FIXED_64) this.#at += 8;
    else if (type === FIXED_32) this.#at += 4;
    else throw malformed();
  }

  /** The lower 32 bits. */
  #varint(): number {
    const memory = this.#memory;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= memory.length) throw malformed();
      const byte = memory[this.#at++] as number;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw malformed();
  }
}

const FIXED_64 = 1;
const FIXED_32 = 5;

function malformed(): Error {
  return new Error('a frame is not in the encoding of Protocol Buffers');
}
