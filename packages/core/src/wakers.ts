/** Those who wait for something to happen to a name; each is woken once. */
export class Wakers {
  readonly #wakers = new Map<string, Set<() => void>>();
  #count = 0;

  /** How many wait. */
  get count(): number {
    return this.#count;
  }

  /** @returns the function that takes the waker back. */
  add(name: string, wake: () => void): () => void {
    const waiting = this.#wakers.get(name) ?? new Set();
    this.#wakers.set(name, waiting.add(wake));
    this.#count += 1;
    return () => {
      if (!waiting.delete(wake)) return;
      this.#count -= 1;
      if (waiting.size === 0) this.#wakers.delete(name);
    };
  }

  /** Wakes all who wait for a name. */
  wake(name: string): void {
    for (const wake of this.#wakers.get(name) ?? []) wake();
  }
}
