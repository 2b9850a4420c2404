import type { TinyNode } from '@tinysystems/api';
import {
  type Clock,
  DEFAULT_STATE_BYTES,
  type Log,
  type NodeSpec,
  type NodeState,
  TinyError,
  refuseLargeState,
  sleep,
  systemRandom,
} from '@tinysystems/core';
import { ApiError, type Informer, type ResourceClient } from '@tinysystems/kubernetes';

/** How long writes to one node's state are gathered into one patch, milliseconds. */
const FOLD_MS = 50;
const MAX_ATTEMPTS = 8;

/** What node states work with. */
export interface NodeStatesOptions {
  readonly nodes: Pick<Informer<TinyNode>, 'onEvent' | 'lister'>;
  readonly client: Pick<ResourceClient<TinyNode>, 'get' | 'patch'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The states of the nodes, in `status.metadata` of their TinyNodes: own writes at once, others' by the watch. */
export class NodeStates {
  readonly #options: NodeStatesOptions;
  readonly #states = new Map<string, StoredState>();

  constructor(options: NodeStatesOptions) {
    this.#options = options;
    options.nodes.onEvent({
      update: (node, old) => this.#states.get(node.metadata.name ?? '')?.observe(node, old),
      delete: (node) => this.#states.delete(node.metadata.name ?? ''),
    });
  }

  /** The state of a node; one object for each node, so that its writes are in one line. @param maxBytes - from now on. */
  of(spec: NodeSpec, maxBytes: number): NodeState {
    const known = this.#states.get(spec.name);
    const state = known?.uid === spec.uid ? known : new StoredState(spec, this.#options);
    this.#states.set(spec.name, state);
    return state.limitedTo(maxBytes);
  }
}

type Changes = ReadonlyMap<string, string | null>;

/** A value written here; `null` is a deletion. */
interface Own {
  readonly value: string | null;
  /** The object's version with it; `undefined`: it is not stored yet. */
  readonly version?: string | undefined;
}

class StoredState implements NodeState {
  readonly #spec: NodeSpec;
  readonly #options: NodeStatesOptions;
  readonly #listeners = new Set<() => void>();
  /** Written here and not yet seen in the cache. */
  readonly #overlay = new Map<string, Own>();
  #pending: Map<string, string | null> | undefined;
  #write: Promise<void> = Promise.resolve();
  #maxBytes = DEFAULT_STATE_BYTES;

  constructor(spec: NodeSpec, options: NodeStatesOptions) {
    this.#spec = spec;
    this.#options = options;
  }

  get uid(): string {
    return this.#spec.uid;
  }

  /** Another component of the node may keep more, or less. */
  limitedTo(maxBytes: number): this {
    this.#maxBytes = maxBytes;
    return this;
  }

  get(key: string): string | undefined {
    const own = this.#overlay.get(key);
    return own === undefined ? this.#stored()[key] : (own.value ?? undefined);
  }

  async set(key: string, value: string): Promise<void> {
    const entries = this.#entries().set(key, value);
    refuseLargeState({ node: this.#spec.name, key, entries, maxBytes: this.#maxBytes });
    return this.#put(key, value);
  }

  delete(key: string): Promise<void> {
    return this.get(key) === undefined ? Promise.resolve() : this.#put(key, null);
  }

  onChange(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  /** Drops what the cache shows now, and tells listeners about what others wrote. */
  observe(node: TinyNode, old: TinyNode): void {
    const stored = node.status?.metadata ?? {};
    for (const [key, { value, version }] of this.#overlay) {
      if ((stored[key] ?? null) === value || isAsNew(node, version)) this.#overlay.delete(key);
    }
    if (JSON.stringify(stored) === JSON.stringify(old.status?.metadata ?? {})) return;
    for (const listener of this.#listeners) listener();
  }

  #put(key: string, value: string | null): Promise<void> {
    this.#overlay.set(key, { value });
    if (this.#pending !== undefined) {
      this.#pending.set(key, value);
      return this.#write;
    }
    const pending = new Map([[key, value]]);
    this.#pending = pending;
    const before = this.#write;
    this.#write = (async () => {
      await before.catch((error: unknown) =>
        this.#options.log.debug({ err: error }, 'an earlier write of a state failed'),
      );
      await sleep(this.#options.clock, FOLD_MS, NEVER);
      this.#pending = undefined;
      await this.#store(pending);
    })();
    return this.#write;
  }

  async #store(changes: Changes): Promise<void> {
    const { client, clock } = this.#options;
    const { name, uid } = this.#spec;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const node = attempt === 1 ? (this.#cached() ?? (await client.get(name))) : await client.get(name);
        if (node.metadata.uid !== uid) throw gone(name);
        const patch = {
          metadata: { resourceVersion: node.metadata.resourceVersion },
          status: { metadata: Object.fromEntries(changes) },
        };
        return this.#confirm(changes, await client.patch(name, patch, { subresource: 'status' }));
      } catch (error) {
        if (!ApiError.isConflict(error) || attempt >= MAX_ATTEMPTS) {
          this.#drop(changes);
          throw unstored(name, error);
        }
        await sleep(clock, 10 * 2 ** attempt * systemRandom(), NEVER);
      }
    }
  }

  /** The cache shows the changes at the latest with `stored`; perhaps others have overwritten them by then. */
  #confirm(changes: Changes, stored: TinyNode): void {
    const cached = this.#cached();
    const version = stored.metadata.resourceVersion;
    if (cached !== undefined && isAsNew(cached, version)) return this.#drop(changes);
    for (const [key, value] of changes) {
      if (this.#overlay.get(key)?.value === value) this.#overlay.set(key, { value, version });
    }
  }

  /** Of a key that was written again since, the newer value stays. */
  #drop(changes: Changes): void {
    for (const [key, value] of changes) {
      if (this.#overlay.get(key)?.value === value) this.#overlay.delete(key);
    }
  }

  #entries(): Map<string, string | null> {
    const entries = new Map<string, string | null>(Object.entries(this.#stored()));
    for (const [key, { value }] of this.#overlay) entries.set(key, value);
    return entries;
  }

  #stored(): Readonly<Record<string, string>> {
    return this.#cached()?.status?.metadata ?? {};
  }

  #cached(): TinyNode | undefined {
    const node = this.#options.nodes.lister.get(this.#spec.namespace, this.#spec.name);
    return node?.metadata.uid === this.#spec.uid ? node : undefined;
  }
}

/** Whether an object is at `version` or later; versions are decimal counters of one API server. */
function isAsNew({ metadata }: TinyNode, version: string | undefined): boolean {
  return version !== undefined && Number(metadata.resourceVersion) >= Number(version);
}

/** Each wait with it is short and bounded by itself. */
const NEVER = new AbortController().signal;

function gone(name: string): TinyError {
  return new TinyError('Permanent', 'STATE_UNAVAILABLE', `TinyNode ${name} was deleted`);
}

function unstored(name: string, error: unknown): TinyError {
  if (TinyError.is(error)) return error;
  const isConflict = ApiError.isConflict(error);
  const text = isConflict
    ? 'others keep writing to it'
    : error instanceof Error
      ? error.message
      : String(error);
  return new TinyError(
    'Transient',
    isConflict ? 'STATE_CONFLICT' : 'STATE_UNAVAILABLE',
    `the state of node ${name} could not be stored: ${text}`,
    { cause: error },
  );
}
