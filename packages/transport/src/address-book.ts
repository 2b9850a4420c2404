/** One live replica of a module. */
export interface Endpoint {
  /** Identity of the replica. */
  readonly pod: string;
  /** gRPC `host:port`. */
  readonly addr: string;
}

/** Where the modules are. Only the module reconciler writes it; only the client pool reads it. */
export class AddressBook {
  readonly #modules = new Map<string, readonly Endpoint[]>();
  readonly #listeners = new Set<() => void>();

  /** Sets the replicas of a module (sanitised name); an empty list: known, but none is live. */
  set(module: string, endpoints: readonly Endpoint[]): void {
    this.#modules.set(module, endpoints);
    this.#changed();
  }

  /** Forgets a module. */
  delete(module: string): void {
    if (this.#modules.delete(module)) this.#changed();
  }

  /** The replicas of a module; `undefined`: no such module. */
  get(module: string): readonly Endpoint[] | undefined {
    return this.#modules.get(module);
  }

  /** Calls back after every change. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
