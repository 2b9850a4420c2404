import assert from 'node:assert/strict';
import { ApiError, type ObjectEvent } from '@tinysystems/kubernetes';
import type { AcknowledgedWrites, Found } from './acknowledged-writes.ts';
import { type Collection, keyOf } from './random-writer.ts';

/**
 * Lists once, then follows a collection through every restart from the last version it saw. Notices whatever a gap or
 * a repetition would show: a version that does not rise, a change of an object it does not know, a creation of one it does.
 */
export class StrictWatcher {
  readonly objects = new Map<string, NonNullable<Found>>();
  readonly #writes: AcknowledgedWrites;
  #revision: string | undefined;
  events = 0;
  /** Watches that went on after a restart, and those that were told 410 and listed again. */
  resumed = 0;
  expired = 0;

  constructor(writes: AcknowledgedWrites) {
    this.#writes = writes;
  }

  /** Follows until the server is gone. */
  async follow(collection: Collection, signal: AbortSignal): Promise<void> {
    try {
      if (this.#revision !== undefined && (await this.#resume(collection, signal))) return;
      await this.#list(collection, signal);
      await this.#watch(collection, signal);
    } catch (error) {
      if (ApiError.is(error) || (error as Error).name === 'AssertionError') throw error;
      assert(signal.aborted, String(error));
    }
  }

  /** Whether the watch ended without a 410. */
  async #resume(collection: Collection, signal: AbortSignal): Promise<boolean> {
    const before = this.events;
    try {
      await this.#watch(collection, signal);
      this.resumed += 1;
      return true;
    } catch (error) {
      if (!ApiError.isGone(error)) {
        this.resumed += 1;
        throw error;
      }
      assert.equal(this.events, before, 'a watch that had begun was told 410');
      this.expired += 1;
      return false;
    }
  }

  async #list(collection: Collection, signal: AbortSignal): Promise<void> {
    const { items, metadata } = await collection.list({ signal });
    assert(Number(metadata.resourceVersion) >= Number(this.#revision ?? 0), 'a list went back in time');
    this.objects.clear();
    for (const item of items) this.objects.set(keyOf(collection, item.metadata.name), item);
    this.#revision = metadata.resourceVersion;
  }

  async #watch(collection: Collection, signal: AbortSignal): Promise<void> {
    for await (const event of collection.watch({ resourceVersion: this.#revision, signal })) {
      const { resourceVersion } = event.object.metadata;
      if (event.type !== 'BOOKMARK') {
        assert(
          Number(resourceVersion) > Number(this.#revision),
          `version ${resourceVersion} came late or twice`,
        );
        this.#apply(keyOf(collection, event.object.metadata.name), event);
      }
      this.#revision = resourceVersion;
      this.#writes.sawRevision(resourceVersion);
    }
  }

  #apply(key: string, { type, object }: ObjectEvent<NonNullable<Found>>): void {
    this.events += 1;
    assert.equal(
      this.objects.has(key),
      type !== 'ADDED',
      `${type} of ${key} does not follow from what was seen`,
    );
    if (type === 'DELETED') this.objects.delete(key);
    else this.objects.set(key, object);
    this.#writes.sawEvent(key, type, object);
  }
}
