import type { KubeObject } from '../kube-object.ts';
import { objectText } from './object-text.ts';

/** One change as watchers see it. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly key: string;
  readonly revision: number;
  /** The new state; for DELETED the last one, with the revision of the deletion. */
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** How much history is kept; whichever limit is reached first. */
export interface RevisionLogLimits {
  readonly maxEvents: number;
  /** Counted as JSON. */
  readonly maxBytes: number;
}

const DEFAULT_LIMITS: RevisionLogLimits = { maxEvents: 10_000, maxBytes: 64 * 1024 * 1024 };

interface Entry {
  readonly event: StoreEvent;
  readonly bytes: number;
}

/** The latest changes, so that a watch can resume and a paged list can see its old state. */
export class RevisionLog {
  readonly #limits: RevisionLogLimits;
  #entries: Entry[] = [];
  #bytes = 0;
  #compactedRevision: number;

  /** @param compactedRevision - everything up to here is already forgotten. */
  constructor(compactedRevision: number, limits: RevisionLogLimits = DEFAULT_LIMITS) {
    this.#compactedRevision = compactedRevision;
    this.#limits = limits;
  }

  /** The newest revision whose successors are all known. */
  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  append(event: StoreEvent): void {
    const bytes = objectText(event.object).length;
    this.#entries.push({ event, bytes });
    this.#bytes += bytes;
    const { maxEvents, maxBytes } = this.#limits;
    // Dropping a tenth at a time keeps the cost of an append constant.
    while (this.#entries.length > maxEvents || (this.#bytes > maxBytes && this.#entries.length > 1)) {
      this.#forget(Math.ceil(this.#entries.length / 10));
    }
  }

  /** Forgets all history: every older revision is expired from now on. */
  compact(): void {
    this.#forget(this.#entries.length);
  }

  /** The changes after `revision`, oldest first; `undefined` when they are not all known any more. */
  since(revision: number): readonly StoreEvent[] | undefined {
    if (revision < this.#compactedRevision) return undefined;
    let start = this.#entries.length;
    while (start > 0 && (this.#entries[start - 1]?.event.revision ?? 0) > revision) start -= 1;
    return this.#entries.slice(start).map(({ event }) => event);
  }

  #forget(count: number): void {
    const last = this.#entries[count - 1];
    if (last === undefined) return;
    this.#compactedRevision = last.event.revision;
    for (const { bytes } of this.#entries.splice(0, count)) this.#bytes -= bytes;
  }
}
