/** Counts the messages a node has in work, so that a stop can wait for them. */
export class InWork {
  #count = 0;
  #waiting: readonly (() => void)[] = NOBODY;

  get count(): number {
    return this.#count;
  }

  enter(): void {
    this.#count += 1;
  }

  leave(): void {
    this.#count -= 1;
    if (this.#count > 0 || this.#waiting.length === 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting = NOBODY;
  }

  /** Resolves when none is in work. */
  whenEmpty(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#waiting = [...this.#waiting, resolve]));
  }
}

const NOBODY: readonly (() => void)[] = [];
