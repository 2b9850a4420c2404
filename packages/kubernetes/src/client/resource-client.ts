import type { WatchEvent } from '../watch/watch-event.ts';
import { readWatchEvents } from '../watch/watch-stream.ts';
import type { KubeObject } from '../object.ts';
import { apiVersionOf, qualifiedName } from '../resource-type.ts';
import type { ResourceType } from '../resource-type.ts';
import { PATCH_CONTENT_TYPES } from './patch.ts';
import type { JsonPatchOperation, PatchType } from './patch.ts';
import type { RestClient, RestRequest } from './rest-client.ts';

/** Ends a request early; it then rejects with the signal's reason. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** For requests that write. */
export interface WriteOptions extends CallOptions {
  /** The owner of the written fields; the server's default is the user agent up to its first slash. */
  readonly fieldManager?: string;
}

/** What to list; everything by default, in one answer. */
export interface ListOptions extends CallOptions {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** At most so many objects in one answer; `metadata.continue` then leads to the rest. */
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** What to watch, and from where. */
export interface WatchOptions extends CallOptions {
  /** Events after this version; without it, first an ADDED for everything there is. */
  readonly resourceVersion?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** After this the server ends the watch. */
  readonly timeoutSeconds?: number | undefined;
  /** Called once the server has accepted the watch; no event has come then. */
  readonly onOpen?: (() => void) | undefined;
}

/** How to change an object. */
export interface PatchOptions extends WriteOptions {
  /** Default `json` for an array of operations, else `merge`. */
  readonly type?: 'merge' | 'json';
  readonly subresource?: 'status';
}

/** How to apply an object. */
export interface ApplyOptions extends CallOptions {
  readonly fieldManager: string;
  /** Takes over fields that others own, instead of failing with a conflict. */
  readonly force?: boolean;
  readonly subresource?: 'status';
}

/** How to delete an object, and which one exactly. */
export interface DeleteOptions extends CallOptions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  /** Delete only this incarnation of the object. */
  readonly uid?: string;
  /** Delete only if the object has not changed since. */
  readonly resourceVersion?: string;
}

/** One page of objects. */
export interface ObjectList<T extends KubeObject> {
  readonly items: T[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/**
 * The objects of one type, in one namespace or in all.
 * Everything throws ApiError when the server refuses and `Error` when it cannot be reached.
 */
export interface ResourceClient<T extends KubeObject> {
  /** The type's qualified name, e.g. `widgets.example.com`. */
  readonly name: string;
  /** Whose objects these are; `undefined`: of all namespaces, or of the cluster. */
  readonly namespace: string | undefined;
  get(name: string, options?: CallOptions): Promise<T>;
  list(options?: ListOptions): Promise<ObjectList<T>>;
  create(object: T, options?: WriteOptions): Promise<T>;
  /** Writes the whole object; conflicts unless its `resourceVersion` is the current one. */
  replace(object: T, options?: WriteOptions): Promise<T>;
  /** As {@link replace}, for the `status` only. */
  replaceStatus(object: T, options?: WriteOptions): Promise<T>;
  /** Changes the named fields only. A merge patch removes a field by `null`. */
  patch(name: string, patch: object | readonly JsonPatchOperation[], options?: PatchOptions): Promise<T>;
  /** Server-side apply: creates the object or makes the given fields so, and drops fields given earlier. */
  apply(object: T, options: ApplyOptions): Promise<T>;
  /** Asks for deletion. Returns the object where something delays it, e.g. a finalizer; `undefined`: it is gone. */
  delete(name: string, options?: DeleteOptions): Promise<T | undefined>;
  /** Events in order until the server ends the watch. An ERROR event is thrown as ApiError, lost bytes as `Error`. */
  watch(options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** After a call that got no answer: resolves when the server answers again, some seconds later at most. */
  whenReachable(signal: AbortSignal): Promise<void>;
}

/** A {@link ResourceClient} that speaks to an API server. */
export class RestResourceClient<T extends KubeObject> implements ResourceClient<T> {
  readonly #rest: RestClient;
  readonly #type: ResourceType<T>;
  readonly namespace: string | undefined;

  constructor(rest: RestClient, type: ResourceType<T>, namespace: string | undefined) {
    this.#rest = rest;
    this.#type = type;
    this.namespace = namespace;
  }

  get name(): string {
    return qualifiedName(this.#type);
  }

  get(name: string, { signal }: CallOptions = {}): Promise<T> {
    return this.#rest.json({ method: 'GET', path: this.#path({ name }), signal });
  }

  async list({ signal, ...query }: ListOptions = {}): Promise<ObjectList<T>> {
    const request: RestRequest = { method: 'GET', path: this.#collection(), query, signal };
    const list = await this.#rest.json<Partial<ObjectList<T>>>(request);
    // An answer that is not a list must never look like an empty one: it would delete everything from a cache.
    if (list.items === undefined || !list.metadata?.resourceVersion) {
      throw new Error(`GET ${request.path} answered something that is not a list. Is a proxy in between?`);
    }
    const { apiVersion, kind } = { apiVersion: apiVersionOf(this.#type), kind: this.#type.kind };
    // Items of the built-in types do not name their type; those of custom ones do, and need no copy.
    const items = list.items.map((item) => (item.kind === undefined ? { apiVersion, kind, ...item } : item));
    return { items, metadata: list.metadata };
  }

  create(object: T, { signal, ...query }: WriteOptions = {}): Promise<T> {
    const path = this.#collection(object.metadata.namespace ?? this.namespace);
    return this.#rest.json({ method: 'POST', path, query: { ...query }, body: this.#typed(object), signal });
  }

  replace(object: T, options: WriteOptions = {}): Promise<T> {
    return this.#put(object, options);
  }

  replaceStatus(object: T, options: WriteOptions = {}): Promise<T> {
    return this.#put(object, options, 'status');
  }

  patch(name: string, patch: object | readonly JsonPatchOperation[], options: PatchOptions = {}): Promise<T> {
    const type = options.type ?? (Array.isArray(patch) ? 'json' : 'merge');
    return this.#patch(this.#path({ name, subresource: options.subresource }), patch, { ...options, type });
  }

  apply(object: T, options: ApplyOptions): Promise<T> {
    const path = this.#path({ ...targetOf(object), subresource: options.subresource });
    return this.#patch(path, this.#typed(object), { ...options, type: 'apply' });
  }

  async delete(name: string, options: DeleteOptions = {}): Promise<T | undefined> {
    const { signal, propagationPolicy, uid, resourceVersion } = options;
    const preconditions = uid === undefined && resourceVersion === undefined ? {} : { uid, resourceVersion };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, preconditions };
    const answer = await this.#rest.json<T>({ method: 'DELETE', path: this.#path({ name }), body, signal });
    return answer.kind === 'Status' ? undefined : answer;
  }

  async *watch({ signal, onOpen, ...query }: WatchOptions = {}): AsyncGenerator<
    WatchEvent<T>,
    void,
    undefined
  > {
    const path = this.#collection();
    const watching = { ...query, watch: true, allowWatchBookmarks: true };
    const bytes = await this.#rest.stream({ path, query: watching, signal });
    onOpen?.();
    yield* readWatchEvents<T>(bytes, {
      request: `watch of ${path}`,
      codec: this.#rest.codec,
      signal,
    });
  }

  whenReachable(signal: AbortSignal): Promise<void> {
    return this.#rest.whenReachable(signal);
  }

  #put(object: T, { signal, ...query }: WriteOptions, subresource?: 'status'): Promise<T> {
    const path = this.#path({ ...targetOf(object), subresource });
    return this.#rest.json({ method: 'PUT', path, query: { ...query }, body: this.#typed(object), signal });
  }

  #patch(
    path: string,
    body: unknown,
    options: WriteOptions & { readonly type: PatchType; readonly force?: boolean },
  ): Promise<T> {
    const { fieldManager, force, type, signal } = options;
    const contentType = PATCH_CONTENT_TYPES[type];
    return this.#rest.json({
      method: 'PATCH',
      path,
      query: { fieldManager, force },
      body,
      contentType,
      signal,
    });
  }

  #typed(object: T): T {
    return { ...object, apiVersion: apiVersionOf(this.#type), kind: this.#type.kind };
  }

  #path(target: Target): string {
    const { name, namespace = this.namespace, subresource } = target;
    if (!name)
      throw new TypeError(`A ${this.#type.kind} without metadata.name has no address; set its name.`);
    if (this.#type.namespaced && !namespace) {
      throw new TypeError(
        `${this.#type.kind} "${name}" needs a namespace; pass it to client.resource(type, namespace).`,
      );
    }
    const path = `${this.#collection(namespace)}/${encodeURIComponent(name)}`;
    return subresource === undefined ? path : `${path}/${subresource}`;
  }

  #collection(namespace = this.namespace): string {
    const { group, version, plural, namespaced } = this.#type;
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    return namespaced && namespace
      ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
      : `${root}/${plural}`;
  }
}

interface Target {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly subresource?: 'status' | undefined;
}

function targetOf(object: KubeObject): Target {
  return { name: object.metadata.name, namespace: object.metadata.namespace };
}
