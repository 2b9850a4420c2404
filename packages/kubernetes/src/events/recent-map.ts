/** A map of bounded size that forgets what was used longest ago. */
export class RecentMap<V> {
  readonly #maxSize: number;
  readonly #values = new Map<string, V>();

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** The value of a key, made where there is none. */
  use(key: string, make: () => V): V {
    const value = this.#values.get(key) ?? make();
    this.#values.delete(key); // Again at the end: the map is in order of use.
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#maxSize) break;
      this.#values.delete(oldest);
    }
    return value;
  }
}
