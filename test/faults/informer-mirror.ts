import assert from 'node:assert/strict';
import { type Clock, Informer, noMetrics, type ResourceClient, silentLogger } from '@tinysystems/kubernetes';
import { type Widget, eventually, running } from '../integration/kubernetes-cluster.ts';

/** What a mirror follows, and how. */
export interface InformerMirrorOptions {
  readonly client: ResourceClient<Widget>;
  readonly random: () => number;
  readonly clock?: Clock;
}

/** An informer, and a second copy of the objects made of nothing but what its handlers are told. */
export class InformerMirror implements AsyncDisposable {
  readonly informer: Informer<Widget>;
  /** Lines it logged above debug. */
  logLines = 0;
  /** Incarnations that were told deleted. */
  readonly deletedUids: string[] = [];
  readonly #told = new Map<string, Widget>();
  readonly #counts = new Map<string, number>();
  readonly #running: AsyncDisposable;

  constructor(options: InformerMirrorOptions) {
    const count = (name: string): void => void this.#counts.set(name, this.count(name) + 1);
    const log = (): void => void (this.logLines += 1);
    this.informer = new Informer<Widget>({
      ...options,
      logger: { ...silentLogger, info: log, warn: log, error: log },
      metrics: {
        ...noMetrics,
        increment: (name, labels) => {
          count(name);
          if ('reason' in labels) count(`${name} ${String(labels.reason)}`);
        },
      },
    });
    this.informer.onEvent({
      add: (object) => this.#tell(object, undefined),
      update: (object, old) => this.#tell(object, old),
      delete: (object) => {
        assert.equal(this.#told.get(object.metadata.name ?? '')?.metadata.uid, object.metadata.uid);
        this.#told.delete(object.metadata.name ?? '');
        this.deletedUids.push(object.metadata.uid ?? '');
      },
    });
    this.#running = running(this.informer);
  }

  /** How often a metric was counted; with a reason as `reflector_failures_total gone`. */
  count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Waits until cache and handlers have what the server has; returns after how many milliseconds. */
  async untilEqual(server: ResourceClient<Widget>, timeoutMs: number): Promise<number> {
    const startedMs = performance.now();
    await eventually(async () => {
      const expected = versionsOf((await server.list()).items);
      assert.deepEqual(
        versionsOf(this.informer.lister.list()),
        expected,
        'the cache differs from the server',
      );
      assert.deepEqual(versionsOf([...this.#told.values()]), expected, 'a handler missed a change');
    }, timeoutMs);
    assert.equal(this.count('informer_handler_errors_total'), 0, 'a handler was told something impossible');
    return performance.now() - startedMs;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#running[Symbol.asyncDispose]() as Promise<void>;
  }

  #tell(object: Widget, old: Widget | undefined): void {
    const name = object.metadata.name ?? '';
    assert.equal(this.#told.get(name), old, `${name}: what is told does not follow what was told before`);
    this.#told.set(name, object);
  }
}

function versionsOf(widgets: readonly Widget[]): string[] {
  return widgets
    .map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`)
    .toSorted();
}

/** Deletions that were told of objects that nobody deleted. */
export function falseDeletes(mirror: InformerMirror, deletedUids: ReadonlySet<string>): number {
  return mirror.deletedUids.filter((uid) => !deletedUids.has(uid)).length;
}
