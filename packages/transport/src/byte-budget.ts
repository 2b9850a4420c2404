import { TinyError } from '@tinysystems/core';

/** The most that may be in flight in one process, bytes of JSON as it came in. */
export const MAX_IN_FLIGHT_BYTES = 64 * 1024 * 1024;

/** Bounds the memory of what has entered this process and is not answered yet. */
export class ByteBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What is in flight now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Charges an entry. @throws TinyError `Overloaded`/`QUEUE_FULL` when it does not fit beside the others. */
  take(bytes: number): void {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes) {
      const text = `${this.#bytes} bytes are in flight in this module; the limit is ${this.#maxBytes}`;
      throw new TinyError('Overloaded', 'QUEUE_FULL', text, { retryAfterMs: 1000 });
    }
    this.#bytes += bytes;
  }

  /** Gives back what an answered entry was charged. */
  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}
