/** Keys in order of priority, first come first served within one priority, each at most once. */
export class ReadyKeys {
  readonly #priorityOf = new Map<string, number>();
  /** Few priorities are ever in use, so they are kept sorted, highest first. */
  #lanes: { readonly priority: number; readonly keys: Set<string> }[] = [];

  get size(): number {
    return this.#priorityOf.size;
  }

  has(key: string): boolean {
    return this.#priorityOf.has(key);
  }

  /** Adds a key, or raises its priority. */
  add(key: string, priority: number): void {
    const known = this.#priorityOf.get(key);
    if (known !== undefined) {
      if (known >= priority) return;
      this.#lane(known).delete(key);
    }
    this.#priorityOf.set(key, priority);
    this.#lane(priority).add(key);
  }

  /** Removes and returns the first key. */
  take(): string | undefined {
    for (const { keys } of this.#lanes) {
      for (const key of keys) {
        keys.delete(key);
        this.#priorityOf.delete(key);
        return key;
      }
    }
    return undefined;
  }

  clear(): void {
    this.#priorityOf.clear();
    this.#lanes = [];
  }

  #lane(priority: number): Set<string> {
    const found = this.#lanes.find((lane) => lane.priority === priority);
    if (found !== undefined) return found.keys;
    const lane = { priority, keys: new Set<string>() };
    this.#lanes = [...this.#lanes, lane].toSorted((a, b) => b.priority - a.priority);
    return lane.keys;
  }
}
