import { TinyError } from './errors.ts';

/** The most that may be in flight in one process, bytes of JSON as it came in. */
export const MAX_IN_FLIGHT_BYTES = 64 * 1024 * 1024;

/**
 * Bounds the memory of what has entered this process and is not answered yet: one for the process, charged wherever a
 * message enters it. A single entry that is larger than all of it is let in while nothing else is in flight.
 */
export class ByteBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes - default 64 MiB. */
  constructor(maxBytes: number = MAX_IN_FLIGHT_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** What is in flight now. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Charges an entry.
   *
   * @param before - what the same entry was charged already.
   * @throws TinyError `Overloaded`/`QUEUE_FULL` when it does not fit beside the others.
   */
  take(bytes: number, before = 0): void {
    if (this.#bytes > before && this.#bytes + bytes > this.#maxBytes) {
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

/** What one entry that grows while it comes in was charged; disposing it gives everything back, once. */
export class Charge implements Disposable {
  readonly #budget: ByteBudget;
  #bytes = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Charges so much more. @throws TinyError `Overloaded`/`QUEUE_FULL` when it does not fit. */
  add(bytes: number): void {
    this.#budget.take(bytes, this.#bytes);
    this.#bytes += bytes;
  }

  [Symbol.dispose](): void {
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
  }
}
