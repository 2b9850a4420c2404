/** One object for all JSON values of the same content, for as long as somebody uses it. */
export class ContentPool {
  readonly #values = new Map<string, WeakRef<object>>();
  readonly #gone = new FinalizationRegistry<string>((content) => {
    if (this.#values.get(content)?.deref() === undefined) this.#values.delete(content);
  });

  /** `value`, or an equal one that was given before. */
  share<T extends object>(value: T): T {
    const content = JSON.stringify(value);
    const known = this.#values.get(content)?.deref() as T | undefined;
    if (known !== undefined) return known;
    this.#values.set(content, new WeakRef(value));
    this.#gone.register(value, content);
    return value;
  }
}
