import type { ResourceClient } from '../client/resource-client.ts';
import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { noMetrics } from '../metrics.ts';
import type { KubernetesMetrics } from '../metrics.ts';
import { keyOf } from '../object.ts';
import type { KubeObject } from '../object.ts';
import { systemRandom } from '../random.ts';
import type { Random } from '../random.ts';
import type { Runnable } from '../runnable.ts';
import { waitFor } from '../wait-for.ts';
import type { ObjectEvent } from '../watch/watch-event.ts';
import type { Lister } from './lister.ts';
import { RecordingClient } from './recording-client.ts';
import { Reflector } from './reflector.ts';
import type { ListWatchClient } from './reflector.ts';
import { Store } from './store.ts';
import type { Change, Indexer } from './store.ts';

/** What an {@link Informer} is made of. */
export interface InformerOptions<T extends KubeObject> {
  readonly client: ListWatchClient<T> & { readonly name?: string };
  /** Only objects that match are cached. */
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Reduces an object before it is cached. Default: drops `metadata.managedFields`. */
  readonly transform?: (object: T) => T;
  /** Named indexes for {@link Lister.byIndex}. */
  readonly indexers?: Readonly<Record<string, Indexer<T>>>;
  /** For logs and metrics. Default: the resource's name. */
  readonly name?: string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  readonly metrics?: KubernetesMetrics;
}

/**
 * Hears of every change of the cache, after the cache has changed. Calls come one at a time and must return soon;
 * what they throw is logged and counted. Changes between two sights of an object may be merged into one.
 */
export interface EventHandler<T extends KubeObject> {
  /** `isInitial`: the object was there already when this handler, or the informer, started. */
  add?(object: T, isInitial: boolean): void;
  update?(object: T, old: T): void;
  /** The last state known. */
  delete?(object: T): void;
}

/** A cache of the objects of one type that follows the server, and tells its handlers what changed. */
export class Informer<T extends KubeObject> implements Runnable {
  readonly name: string;
  readonly #options: InformerOptions<T>;
  readonly #logger: Logger;
  readonly #metrics: KubernetesMetrics;
  readonly #store: Store<T>;
  readonly #handlers = new Set<{ readonly handler: EventHandler<T> }>();
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.name = options.name ?? options.client.name ?? 'informer';
    this.#logger = options.logger ?? silentLogger;
    this.#metrics = options.metrics ?? noMetrics;
    this.#store = new Store(this.#contained(options.indexers ?? {}));
  }

  /** The cache. Empty until {@link hasSynced}. */
  get lister(): Lister<T> {
    return this.#store;
  }

  /** Whether the first complete list is in the cache, and its handlers have heard of it. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves once {@link hasSynced}; rejects with the signal's reason. */
  waitForSync(signal: AbortSignal): Promise<void> {
    return waitFor(this.#synced.promise, signal);
  }

  /**
   * Calls `handler` for every change from now on, after an initial `add` for everything in the cache.
   *
   * @returns a function that ends it.
   */
  onEvent(handler: EventHandler<T>): () => void {
    const registration = { handler };
    for (const object of this.#store.list()) this.#call(handler, { type: 'add', object }, true);
    this.#handlers.add(registration);
    return () => void this.#handlers.delete(registration);
  }

  /**
   * A client whose writes are in this cache, and told to its handlers, as soon as the server has accepted them. The
   * cache then never goes back behind them; what the watch will not show, because a selector leaves it out, goes again.
   */
  withOwnWrites(client: ResourceClient<T>): ResourceClient<T> {
    return new RecordingClient(client, {
      cached: (name) => this.#store.get(client.namespace ?? '', name),
      wrote: (object) => this.#tell(this.#store.write(this.#transformed(object)), false),
      deleted: (object) => this.#tell(this.#store.erase(object), false),
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { client, labelSelector, fieldSelector } = this.#options;
    const reflector = new Reflector<T>({
      name: this.name,
      client,
      labelSelector,
      fieldSelector,
      sink: {
        listing: () => this.#store.listing(),
        prepare: (object) => this.#store.share(this.#transformed(object)),
        replace: (objects, version) => this.#replace(objects, version),
        apply: (event) => this.#apply(event),
        bookmark: (version) => this.#tell(this.#store.shownUpTo(version), false),
      },
      clock: this.#options.clock ?? systemClock,
      random: this.#options.random ?? systemRandom,
      logger: this.#logger,
      metrics: this.#metrics,
    });
    await reflector.run(signal);
  }

  #replace(objects: readonly T[], version: string): void {
    this.#tell(this.#store.replace(objects, version), !this.#hasSynced);
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  #apply({ type, object }: ObjectEvent<T>): void {
    const transformed = this.#transformed(object);
    this.#tell(type === 'DELETED' ? this.#store.remove(transformed) : this.#store.upsert(transformed), false);
  }

  #tell(changes: readonly Change<T>[], isInitial: boolean): void {
    for (const change of changes) {
      for (const { handler } of this.#handlers) this.#call(handler, change, isInitial);
    }
  }

  #call(handler: EventHandler<T>, change: Change<T>, isInitial: boolean): void {
    const { object } = change;
    this.#contain('event handler', object, () => {
      if (change.type === 'add') handler.add?.(object, isInitial);
      else if (change.type === 'update') handler.update?.(object, change.old);
      else handler.delete?.(object);
    });
  }

  #transformed(object: T): T {
    const transform = this.#options.transform ?? withoutManagedFields;
    return this.#contain('transform', object, () => transform(object)) ?? object;
  }

  #contained(indexers: Readonly<Record<string, Indexer<T>>>): Record<string, Indexer<T>> {
    return Object.fromEntries(
      Object.entries(indexers).map(([name, indexer]) => [
        name,
        (object: T) => this.#contain(`indexer ${name}`, object, () => indexer(object)) ?? [],
      ]),
    );
  }

  /** Foreign code must not stop the cache. */
  #contain<Result>(what: string, object: T, call: () => Result): Result | undefined {
    try {
      return call();
    } catch (err) {
      this.#metrics.increment('informer_handler_errors_total', { name: this.name });
      this.#logger.error(
        { resource: this.name, key: keyOf(object), what, err },
        'code of an informer failed',
      );
      return undefined;
    }
  }
}

/** The default transform: managed fields are a fifth of a typical object, and nobody reads them from a cache. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
