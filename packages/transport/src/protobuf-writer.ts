import type { JsonText } from './codec.ts';

/** The most that is kept to write into; what needs more gets memory of its own. */
const MAX_KEPT_BYTES = 320 * 1024;
const FIRST_KEPT_BYTES = 4096;
/** An inner message is at most 2^28 - 1 bytes long, and its length always takes so many bytes, so that nothing is moved. */
const LENGTH_BYTES = 4;
const VARINT_BYTES = 5;

/** Writes one message after the other in the encoding of Protocol Buffers. Fields with default values are left out. */
export class ProtobufWriter {
  #kept = Buffer.allocUnsafeSlow(FIRST_KEPT_BYTES);
  #memory = this.#kept;
  #at = 0;

  /** Begins a message. @param maxBytes - it takes at most so many; see {@link textBytes} and {@link FIELD_BYTES}. */
  start(maxBytes: number): void {
    if (maxBytes <= this.#kept.length) this.#memory = this.#kept;
    else if (maxBytes > MAX_KEPT_BYTES) this.#memory = Buffer.allocUnsafeSlow(maxBytes);
    else this.#memory = this.#kept = Buffer.allocUnsafeSlow(Math.min(2 * maxBytes, MAX_KEPT_BYTES));
    this.#at = 0;
  }

  /** @returns the message, in memory that nobody writes into again. */
  finish(): Buffer {
    const written = this.#memory.subarray(0, this.#at);
    this.#memory = this.#kept;
    if (written.buffer !== this.#kept.buffer) return written;
    const message = Buffer.allocUnsafeSlow(written.length);
    message.set(written);
    return message;
  }

  /** Begins an inner message. @returns what {@link close} takes. */
  open(field: number): number {
    this.#memory[this.#at++] = (field << 3) | LENGTH_DELIMITED;
    this.#at += LENGTH_BYTES;
    return this.#at;
  }

  close(start: number): void {
    const memory = this.#memory;
    const length = this.#at - start;
    memory[start - 4] = (length & 0x7f) | 0x80;
    memory[start - 3] = ((length >>> 7) & 0x7f) | 0x80;
    memory[start - 2] = ((length >>> 14) & 0x7f) | 0x80;
    memory[start - 1] = length >>> 21;
  }

  /** A `uint32`, or a `bool` as 0 or 1. */
  number(field: number, value: number): void {
    if (value === 0) return;
    this.#memory[this.#at++] = (field << 3) | VARINT;
    this.#varint(value);
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length === 0) return;
    this.#memory[this.#at++] = (field << 3) | LENGTH_DELIMITED;
    this.#varint(value.length);
    this.#memory.set(value, this.#at);
    this.#at += value.length;
  }

  json(field: number, { text, bytes }: JsonText): void {
    if (bytes === 0) return;
    this.#memory[this.#at++] = (field << 3) | LENGTH_DELIMITED;
    this.#varint(bytes);
    this.#at += this.#memory.write(text, this.#at, bytes, 'utf8');
  }

  text(field: number, value: string): void {
    const { length } = value;
    if (length === 0) return;
    const memory = this.#memory;
    memory[this.#at++] = (field << 3) | LENGTH_DELIMITED;
    if (length < 0x80 && this.#ascii(value)) return;
    this.#varint(Buffer.byteLength(value));
    this.#at += memory.write(value, this.#at, 'utf8');
  }

  /** Short names are written faster here than by a call into Node. @returns `false`, and nothing is written, when there is more than ASCII. */
  #ascii(value: string): boolean {
    const memory = this.#memory;
    const at = this.#at + 1;
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) return false;
      memory[at + index] = code;
    }
    memory[this.#at] = value.length;
    this.#at = at + value.length;
    return true;
  }

  #varint(value: number): void {
    const memory = this.#memory;
    let rest = value;
    while (rest > 0x7f) {
      memory[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    memory[this.#at++] = rest;
  }
}

export const VARINT = 0;
export const LENGTH_DELIMITED = 2;
/** What a field takes at most beside its value, and a number takes with its value. Fields beyond the 15th take more. */
export const FIELD_BYTES = 1 + VARINT_BYTES;

/** What a text takes at most, its field included. */
export function textBytes(value: string): number {
  return FIELD_BYTES + 3 * value.length;
}
