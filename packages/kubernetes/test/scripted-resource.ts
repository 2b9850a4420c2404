import type { ListOptions, ObjectList, WatchOptions } from '../src/client/resource-client.ts';
import type { KubeObject } from '../src/object.ts';
import type { WatchEvent } from '../src/watch/watch-event.ts';

/** A list-and-watch source whose every answer a test decides. */
export class ScriptedResource<T extends KubeObject> {
  readonly name = 'widgets.example.com';
  /** Every list and watch that was asked for. */
  readonly lists: ListOptions[] = [];
  readonly watches: ScriptedWatch<T>[] = [];
  /** What the next lists answer or throw; the last one stays. */
  answers: (ObjectList<T> | Error)[] = [];
  /** What the next watches throw at once. */
  openErrors: Error[] = [];

  answer(resourceVersion: number, ...items: T[]): this {
    this.answers.push({ items, metadata: { resourceVersion: String(resourceVersion) } });
    return this;
  }

  get lastWatch(): ScriptedWatch<T> {
    const watch = this.watches.at(-1);
    if (watch === undefined) throw new Error('no watch was opened yet');
    return watch;
  }

  /** What {@link whenReachable} waits for. */
  back = Promise.withResolvers<void>();

  async whenReachable(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => aborted.reject(signal.reason as Error), { once: true });
    await Promise.race([this.back.promise, aborted.promise]);
  }

  async list(options: ListOptions = {}): Promise<ObjectList<T>> {
    this.lists.push(options);
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no answer is scripted');
    return answer;
  }

  watch(options: WatchOptions = {}): AsyncIterable<WatchEvent<T>> {
    const watch = new ScriptedWatch<T>(options, this.openErrors.shift());
    this.watches.push(watch);
    return watch.events();
  }
}

/** One opened watch. */
export class ScriptedWatch<T extends KubeObject> {
  readonly options: WatchOptions;
  readonly #queue: (WatchEvent<T> | Error | 'end')[] = [];
  #wake = Promise.withResolvers<void>();

  readonly #openError: Error | undefined;

  constructor(options: WatchOptions, error: Error | undefined) {
    this.options = options;
    this.#openError = error;
  }

  send(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): this {
    return this.#push({ type, object });
  }

  bookmark(resourceVersion: number): this {
    return this.#push({
      type: 'BOOKMARK',
      object: { metadata: { resourceVersion: String(resourceVersion) } },
    });
  }

  fail(error: Error): this {
    return this.#push(error);
  }

  end(): this {
    return this.#push('end');
  }

  async *events(): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const { signal, onOpen } = this.options;
    if (this.#openError !== undefined) throw this.#openError;
    onOpen?.();
    signal?.addEventListener('abort', () => this.#wake.resolve(), { once: true });
    for (;;) {
      signal?.throwIfAborted();
      const next = this.#queue.shift();
      if (next === 'end') return;
      if (next instanceof Error) throw next;
      if (next !== undefined) yield next;
      else await this.#wake.promise;
    }
  }

  #push(item: WatchEvent<T> | Error | 'end'): this {
    this.#queue.push(item);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
    return this;
  }
}
