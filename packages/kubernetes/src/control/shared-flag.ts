/** A yes or no, shared by the threads of a process without a message; asking costs a few nanoseconds. */
export class SharedFlag {
  readonly buffer: SharedArrayBuffer;
  readonly #cell: Int32Array;

  /** @param buffer - of another thread's flag; without it a new one, which says no. */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cell = new Int32Array(buffer);
  }

  get isSet(): boolean {
    return Atomics.load(this.#cell, 0) !== 0;
  }

  set(isSet: boolean): void {
    Atomics.store(this.#cell, 0, isSet ? 1 : 0);
  }
}
