import type { Random, TraceContext } from '@tinysystems/core';

/** Where a hop stands in its trace. Its id is made when somebody wants it: most hops are never recorded. */
export class HopTrace implements TraceContext {
  readonly traceId: string;
  readonly traceFlags: number;
  readonly #random: Random;
  #spanId: string | undefined;

  constructor(traceId: string, traceFlags: number, random: Random) {
    this.traceId = traceId;
    this.traceFlags = traceFlags;
    this.#random = random;
  }

  get spanId(): string {
    return (this.#spanId ??= hex(2, this.#random));
  }
}

/** A new trace id, 32 hex digits. */
export function newTraceId(random: Random): string {
  return hex(4, random);
}

/** Never only zeros, which means none. */
function hex(words: number, random: Random): string {
  let text = '';
  for (let word = 0; word < words; word += 1) text += hexWord(Math.floor(random() * 0xffff_ffff) + 1);
  return text;
}

/** Looked up: `toString(16)` takes several times as long for numbers that large. */
function hexWord(word: number): string {
  return byte(word >>> 24) + byte((word >>> 16) & 0xff) + byte((word >>> 8) & 0xff) + byte(word & 0xff);
}

function byte(value: number): string {
  return HEX_OF_BYTE[value] as string;
}

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));
