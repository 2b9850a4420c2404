interface Entry {
  readonly key: string;
  readonly dueMs: number;
}

/** Keys with a due time, each at most once, the earliest first: a binary heap that skips outdated entries. */
export class DelayedKeys {
  readonly #dueMs = new Map<string, number>();
  readonly #heap: Entry[] = [];

  get size(): number {
    return this.#dueMs.size;
  }

  /** Adds a key. A key that is there keeps the earlier of both times. */
  add(key: string, dueMs: number): void {
    const known = this.#dueMs.get(key);
    if (known !== undefined && known <= dueMs) return;
    this.#dueMs.set(key, dueMs);
    this.#push({ key, dueMs });
    if (this.#heap.length > 2 * this.size + 64) this.#compact();
  }

  delete(key: string): void {
    this.#dueMs.delete(key);
  }

  clear(): void {
    this.#dueMs.clear();
    this.#heap.length = 0;
  }

  /** When the earliest key is due, `undefined` without keys. */
  nextDueMs(): number | undefined {
    this.#skipOutdated();
    return this.#heap[0]?.dueMs;
  }

  /** Removes and returns a key that is due by `nowMs`. */
  takeDue(nowMs: number): string | undefined {
    this.#skipOutdated();
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    this.#pop();
    this.#dueMs.delete(first.key);
    return first.key;
  }

  #skipOutdated(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#dueMs.get(first.key) === first.dueMs) return;
      this.#pop();
    }
  }

  /** Rebuilds the heap without outdated entries, which would otherwise grow with every change of mind. */
  #compact(): void {
    this.#heap.length = 0;
    for (const [key, dueMs] of this.#dueMs) this.#push({ key, dueMs });
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#due(parent) <= entry.dueMs) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const child = this.#due(left + 1) < this.#due(left) ? left + 1 : left;
      if (this.#due(child) >= last.dueMs) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #due(at: number): number {
    return this.#heap[at]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [entryA, entryB] = [this.#heap[a], this.#heap[b]];
    if (entryA === undefined || entryB === undefined) return;
    this.#heap[a] = entryB;
    this.#heap[b] = entryA;
  }
}
