/** Series by key, so many at most; those beyond share one. */
export class CappedSeries<T> {
  readonly #max: number;
  readonly #createOther: () => T;
  readonly #series = new Map<string, T>();
  #other: T | undefined;

  constructor(max: number, createOther: () => T) {
    this.#max = max;
    this.#createOther = createOther;
  }

  /** The series of a key: the one it has, a new one, or the shared one. */
  open(key: string, create: () => T): T {
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= this.#max) return (this.#other ??= this.#createOther());
    const made = create();
    this.#series.set(key, made);
    return made;
  }

  /** Forgets the series of a key and makes room. */
  end(key: string): void {
    this.#series.delete(key);
  }

  all(): readonly T[] {
    return [...this.#series.values(), ...(this.#other === undefined ? [] : [this.#other])];
  }
}
