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
  for (let word = 0; word < words; word += 1)
    text += (Math.floor(random() * 0xffff_ffff) + 1).toString(16).padStart(8, '0');
  return text;
}
