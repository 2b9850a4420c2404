import { ApiError } from '../src/client/api-error.ts';
import type { Client } from '../src/client/client.ts';
import { UnreachableError } from '../src/client/unreachable-error.ts';
import type { CallOptions, ListOptions, ObjectList, WatchOptions } from '../src/client/resource-client.ts';
import type { KubeObject } from '../src/object.ts';
import type { WatchEvent } from '../src/watch/watch-event.ts';

type Handler = (event: WatchEvent<KubeObject>) => void;

/** One collection of objects in memory, with versions, conflicts and watches; the namespace is not looked at. */
export class FakeCluster {
  readonly objects = new Map<string, KubeObject>();
  /** `create a`, `replace a` … of every call. */
  readonly calls: string[] = [];
  /** Called before every call; throwing makes it fail, waiting delays it. */
  before: (call: string, signal?: AbortSignal) => void | Promise<void> = () => undefined;
  /** Whether watches hear of changes. */
  isSilent = false;
  readonly #watches = new Set<Handler>();
  #version = 0;

  /** A client as one process sees this cluster. `isCutOff` fails all its calls and silences its watches. */
  client(connection: { isCutOff: boolean } = { isCutOff: false }): Pick<Client, 'resource'> {
    const resource = {
      name: 'objects',
      get: async (name: string, { signal }: CallOptions = {}) => {
        await this.#enter(`get ${name}`, connection, signal);
        return this.#existing(name);
      },
      list: async ({ signal }: ListOptions = {}): Promise<ObjectList<KubeObject>> => {
        await this.#enter('list', connection, signal);
        return { items: [...this.objects.values()], metadata: { resourceVersion: String(this.#version) } };
      },
      create: async (object: KubeObject, { signal }: CallOptions = {}) => {
        const name = object.metadata.name ?? `${object.metadata.generateName}${this.#version + 1}`;
        await this.#enter(`create ${name}`, connection, signal);
        if (this.objects.has(name)) throw refusal(409, 'AlreadyExists');
        return this.put({ ...object, metadata: { ...object.metadata, name, uid: `uid-${this.#version}` } });
      },
      replace: async (object: KubeObject, { signal }: CallOptions = {}) => {
        const name = object.metadata.name ?? '';
        await this.#enter(`replace ${name}`, connection, signal);
        const { resourceVersion } = this.#existing(name).metadata;
        if (resourceVersion !== object.metadata.resourceVersion) throw refusal(409, 'Conflict');
        return this.put(object);
      },
      patch: async (name: string, patch: object, { signal }: CallOptions = {}) => {
        await this.#enter(`patch ${name}`, connection, signal);
        return this.put({ ...this.#existing(name), ...patch });
      },
      watch: (options: WatchOptions = {}) => this.#watch(options, connection),
    };
    return { resource: () => resource as never };
  }

  /** Writes an object, whatever was there, and tells the watches. */
  put(object: KubeObject): KubeObject {
    const name = object.metadata.name ?? '';
    const type = this.objects.has(name) ? 'MODIFIED' : 'ADDED';
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    this.objects.set(name, stored);
    this.#tell({ type, object: stored });
    return stored;
  }

  delete(name: string): void {
    const object = this.#existing(name);
    this.objects.delete(name);
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    this.#tell({ type: 'DELETED', object: { ...object, metadata } });
  }

  #existing(name: string): KubeObject {
    const object = this.objects.get(name);
    if (object === undefined) throw refusal(404, 'NotFound');
    return object;
  }

  #tell(event: WatchEvent<KubeObject>): void {
    if (!this.isSilent) for (const watch of this.#watches) watch(event);
  }

  async #enter(call: string, connection: { isCutOff: boolean }, signal?: AbortSignal): Promise<void> {
    this.calls.push(call);
    await this.before(call, signal);
    signal?.throwIfAborted();
    if (connection.isCutOff) throw new UnreachableError(call, 'connect ECONNREFUSED');
  }

  async *#watch(
    { signal }: WatchOptions,
    connection: { isCutOff: boolean },
  ): AsyncGenerator<WatchEvent<KubeObject>, void, undefined> {
    const events: WatchEvent<KubeObject>[] = [];
    let wake = Promise.withResolvers<void>();
    const watch: Handler = (event) => {
      if (!connection.isCutOff) events.push(event);
      wake.resolve();
    };
    this.#watches.add(watch);
    signal?.addEventListener('abort', () => wake.resolve(), { once: true });
    try {
      for (;;) {
        signal?.throwIfAborted();
        const event = events.shift();
        if (event !== undefined) yield event;
        else {
          await wake.promise;
          wake = Promise.withResolvers();
        }
      }
    } finally {
      this.#watches.delete(watch);
    }
  }
}

export function refusal(code: number, reason: string, retryAfterMs?: number): ApiError {
  return new ApiError({ code, reason, retryAfterMs, message: 'refused', request: 'GET /widgets' });
}
