import { DEFAULT_STATE_BYTES, type NodeState, refuseLargeState } from '@tinysystems/core';

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

  /** All of it. */
  get entries(): ReadonlyMap<string, string> {
    return this.#values;
  }

  /** The state as one more replica sees it. @param maxBytes - what it may have in all; default 64 KiB. */
  replica(node = 'node', maxBytes = DEFAULT_STATE_BYTES): NodeState {
    const replica = new Replica(this, { node, maxBytes });
    this.#replicas.add(replica);
    return replica;
  }
}

interface Limit {
  readonly node: string;
  readonly maxBytes: number;
}

class Replica implements NodeState {
  readonly #state: MemoryState;
  readonly #limit: Limit;
  readonly #callbacks = new Set<() => void>();

  constructor(state: MemoryState, limit: Limit) {
    this.#state = state;
    this.#limit = limit;
  }

  get(key: string): string | undefined {
    return this.#state.get(key);
  }

  async set(key: string, value: string): Promise<void> {
    const entries = new Map(this.#state.entries).set(key, value);
    refuseLargeState({ ...this.#limit, key, entries });
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
