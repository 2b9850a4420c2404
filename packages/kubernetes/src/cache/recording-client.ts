import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  ListOptions,
  ObjectList,
  PatchOptions,
  ResourceClient,
  WatchOptions,
  WriteOptions,
} from '../client/resource-client.ts';
import type { JsonPatchOperation } from '../client/patch.ts';
import type { KubeObject } from '../object.ts';
import type { WatchEvent } from '../watch/watch-event.ts';

/** The cache that hears of the writes. */
export interface Recorder<T extends KubeObject> {
  cached(name: string): T | undefined;
  wrote(object: T): void;
  deleted(object: T): void;
}

/** A client that tells a cache what it wrote. */
export class RecordingClient<T extends KubeObject> implements ResourceClient<T> {
  readonly #client: ResourceClient<T>;
  readonly #recorder: Recorder<T>;

  constructor(client: ResourceClient<T>, recorder: Recorder<T>) {
    this.#client = client;
    this.#recorder = recorder;
  }

  get name(): string {
    return this.#client.name;
  }

  get namespace(): string | undefined {
    return this.#client.namespace;
  }

  get(name: string, options?: CallOptions): Promise<T> {
    return this.#client.get(name, options);
  }

  list(options?: ListOptions): Promise<ObjectList<T>> {
    return this.#client.list(options);
  }

  watch(options?: WatchOptions): AsyncIterable<WatchEvent<T>> {
    return this.#client.watch(options);
  }

  whenReachable(signal: AbortSignal): Promise<void> {
    return this.#client.whenReachable(signal);
  }

  create(object: T, options?: WriteOptions): Promise<T> {
    return this.#record(this.#client.create(object, options));
  }

  replace(object: T, options?: WriteOptions): Promise<T> {
    return this.#record(this.#client.replace(object, options));
  }

  replaceStatus(object: T, options?: WriteOptions): Promise<T> {
    return this.#record(this.#client.replaceStatus(object, options));
  }

  patch(name: string, patch: object | readonly JsonPatchOperation[], options?: PatchOptions): Promise<T> {
    return this.#record(this.#client.patch(name, patch, options));
  }

  apply(object: T, options: ApplyOptions): Promise<T> {
    return this.#record(this.#client.apply(object, options));
  }

  async delete(name: string, options?: DeleteOptions): Promise<T | undefined> {
    // If it was replaced by another one meanwhile, then it is gone as well.
    const cached = this.#recorder.cached(name);
    const left = await this.#client.delete(name, options);
    if (left !== undefined) this.#recorder.wrote(left);
    else if (cached !== undefined) this.#recorder.deleted(cached);
    return left;
  }

  async #record(write: Promise<T>): Promise<T> {
    const written = await write;
    this.#recorder.wrote(written);
    return written;
  }
}
