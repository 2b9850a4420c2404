import type { ServerResponse } from 'node:http';

import type { Clock } from '../clock.ts';
import type { Connections } from '../http/connections.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { StoreEvent } from '../storage/revision-log.ts';
import { EventEncoder } from './event-view.ts';
import { Watcher, type WatchOptions } from './watcher.ts';

/** What watches are made of. */
export interface WatchHubOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly connections: Connections;
}

/** All open watches. Each change is looked at once for each watcher of its resource and encoded once for each format. */
export class WatchHub implements AsyncDisposable {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #connections: Connections;
  readonly #encoder = new EventEncoder();
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #unsubscribe: () => void;
  #isPaused = false;
  #isClosed = false;

  constructor({ store, clock, connections }: WatchHubOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#connections = connections;
    this.#unsubscribe = store.subscribe((event) => this.#dispatch(event));
  }

  /** Answers one watch; resolves when it has ended. */
  async serve(options: WatchOptions, response: ServerResponse): Promise<void> {
    if (this.#isClosed) {
      response.destroy();
      return;
    }
    const watcher = new Watcher({
      ...options,
      store: this.#store,
      clock: this.#clock,
      connections: this.#connections,
      encoder: this.#encoder,
      response,
    });
    const { storedAs } = options.view.resource.definition;
    const watchers = this.#watchers.get(storedAs) ?? new Set<Watcher>();
    this.#watchers.set(storedAs, watchers.add(watcher));
    if (this.#isPaused) watcher.pause();
    watcher.start();
    await watcher.ended;
    watchers.delete(watcher);
  }

  /** Resets the connection of every watch; returns how many there were. */
  drop(): number {
    const watchers = this.#all();
    for (const watcher of watchers) watcher.reset();
    return watchers.length;
  }

  /** Keeps watches open and silent until `resume`, which sends what happened meanwhile. */
  pause(): void {
    this.#isPaused = true;
    for (const watcher of this.#all()) watcher.pause();
  }

  resume(): void {
    this.#isPaused = false;
    for (const watcher of this.#all()) watcher.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#unsubscribe();
    const watchers = this.#all();
    for (const watcher of watchers) watcher.end();
    await Promise.all(watchers.map((watcher) => watcher.ended));
  }

  #dispatch(event: StoreEvent): void {
    for (const watcher of this.#watchers.get(event.resource) ?? []) watcher.deliver(event);
  }

  #all(): readonly Watcher[] {
    return [...this.#watchers.values()].flatMap((watchers) => [...watchers]);
  }
}
