import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '@tinysystems/kubernetes';

/** An object with whatever it holds; `undefined` where there is none. */
export type Found = (KubeObject & { readonly [part: string]: unknown }) | undefined;

/** A write that has been sent and not been answered. */
interface Open {
  /** What the object will hold besides its metadata; `undefined` for a deletion. */
  readonly wanted: object | undefined;
  /** The object that is to be deleted. */
  readonly uid: string | undefined;
}

/** What a server has promised to hold, by key; judges what it holds after a crash. */
export class AcknowledgedWrites {
  readonly #acknowledged = new Map<string, Found>();
  readonly #open = new Map<string, Open>();
  #newestRevision = 0;
  /** Writes that were answered. */
  count = 0;
  /** Writes that were in work when the server died, by what became of them. */
  readonly unanswered = { kept: 0, gone: 0 };

  /** The object as its writer knows it. */
  latest(key: string): Found {
    return this.#acknowledged.get(key);
  }

  /** Sends a write of a key that has one writer; keeps in mind what it wants for as long as there is no answer. */
  async write(key: string, wanted: object | undefined, send: () => Promise<unknown>): Promise<void> {
    this.#open.set(key, { wanted, uid: this.latest(key)?.metadata.uid });
    const answer = await send();
    this.count += 1;
    this.#settle(key, wanted === undefined ? undefined : (answer as Found));
  }

  /** A revision that the server has shown to anybody: it must never be behind it again. */
  sawRevision(revision: string | undefined): void {
    this.#newestRevision = Math.max(this.#newestRevision, Number(revision));
  }

  /** What a watch shows is as good as an answer. */
  sawEvent(key: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: NonNullable<Found>): void {
    this.sawRevision(object.metadata.resourceVersion);
    const open = this.#open.get(key);
    if (open === undefined) return;
    const isShown =
      type === 'DELETED'
        ? open.wanted === undefined && open.uid === object.metadata.uid
        : open.wanted !== undefined && isDeepStrictEqual(contentOf(object), open.wanted);
    if (isShown) this.#settle(key, type === 'DELETED' ? undefined : object);
  }

  /**
   * Compares everything that was promised with what is there, and goes on from that.
   *
   * @throws AssertionError for a lost or torn write, and for a revision that went backwards.
   */
  judge(revision: string, objects: ReadonlyMap<string, NonNullable<Found>>): void {
    assert(
      Number(revision) >= this.#newestRevision,
      `the revision went back from ${this.#newestRevision} to ${revision}`,
    );
    this.sawRevision(revision);
    for (const key of new Set([...this.#acknowledged.keys(), ...this.#open.keys(), ...objects.keys()])) {
      this.#judgeObject(key, objects.get(key));
    }
  }

  #judgeObject(key: string, found: Found): void {
    const promised = this.#acknowledged.get(key);
    const open = this.#open.get(key);
    if (open === undefined) {
      assert.deepEqual(found, promised, `${key} is not what was acknowledged`);
      return;
    }
    const isGone = isDeepStrictEqual(found, promised);
    // Half a write would be neither the old object nor the whole new one.
    if (!isGone) assert.deepEqual(found && contentOf(found), open.wanted, `${key} is neither old nor new`);
    this.unanswered[isGone ? 'gone' : 'kept'] += 1;
    this.#settle(key, found);
  }

  #settle(key: string, object: Found): void {
    this.#open.delete(key);
    this.#acknowledged.set(key, object);
    if (object !== undefined) this.sawRevision(object.metadata.resourceVersion);
  }
}

/** Everything of an object that its writer chose. */
function contentOf(object: NonNullable<Found>): object {
  return Object.fromEntries(
    Object.entries(object).filter(([part]) => !['apiVersion', 'kind', 'metadata'].includes(part)),
  );
}
