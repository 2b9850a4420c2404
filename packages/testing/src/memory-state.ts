import type { NodeState } from '@tinysystems/core';

/** The state of one node in memory; give the same one to several runs and they are replicas of that node. */
export class MemoryState {
  readonly #values = new Map<string, string>();
  readonly #replicas = new Set<Replica>();

  get size(): number {
    return this.#values.size;
  }

  get(key: string): string | undefined {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Changes a key as some other replica would; `undefined` deletes it. */
  write(key: string, value: string | undefined, writer?: NodeState): void {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
    for (const replica of this.#replicas) if (replica !== writer) replica.changed();
  }

  /** The state as one more replica sees it. */
  replica(): NodeState {
    const replica = new Replica(this);
    this.#replicas.add(replica);
    return replica;
  }
}

class Replica implements NodeState {
  readonly #state: MemoryState;
  readonly #callbacks = new Set<() => void>();

  constructor(state: MemoryState) {
    this.#state = state;
  }

  get(key: string): string | undefined {
    return this.#state.get(key);
  }

  async set(key: string, value: string): Promise<void> {
    this.#state.write(key, value, this);
  }

  async delete(key: string): Promise<void> {
    this.#state.write(key, undefined, this);
  }

  onChange(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  changed(): void {
    for (const callback of this.#callbacks) callback();
  }
}
