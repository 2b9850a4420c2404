/**
 * Moments on the monotonic clock of the process, shared by its threads without a message. Each is read and written
 * whole, to the microsecond.
 */
export class SharedTimes {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  /** @param from - how many, all 0 at first, or the buffer of another thread's. */
  constructor(from: number | SharedArrayBuffer) {
    this.buffer =
      typeof from === 'number' ? new SharedArrayBuffer(from * BigInt64Array.BYTES_PER_ELEMENT) : from;
    this.#cells = new BigInt64Array(this.buffer);
  }

  get(index: number): number {
    return Number(Atomics.load(this.#cells, index)) / 1000;
  }

  set(index: number, timeMs: number): void {
    Atomics.store(this.#cells, index, BigInt(Math.round(timeMs * 1000)));
  }
}
