import type { KubeObject } from '../kube-object.ts';

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

/** The latest changes, so that a watch can resume and a paged list can see its old state. */
export class RevisionLog {
  readonly #maxEvents: number;
  #events: StoreEvent[] = [];
  #compactedRevision: number;

  /** @param compactedRevision - everything up to here is already forgotten. */
  constructor(compactedRevision: number, maxEvents = 10_000) {
    this.#compactedRevision = compactedRevision;
    this.#maxEvents = maxEvents;
  }

  /** The newest revision whose successors are all known. */
  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  append(event: StoreEvent): void {
    this.#events.push(event);
    // Dropping a tenth at a time keeps the cost of an append constant.
    if (this.#events.length > this.#maxEvents) this.#forget(Math.ceil(this.#maxEvents / 10));
  }

  /** Forgets all history: every older revision is expired from now on. */
  compact(): void {
    this.#forget(this.#events.length);
  }

  /** The changes after `revision`, oldest first; `undefined` when they are not all known any more. */
  since(revision: number): readonly StoreEvent[] | undefined {
    if (revision < this.#compactedRevision) return undefined;
    let start = this.#events.length;
    while (start > 0 && (this.#events[start - 1]?.revision ?? 0) > revision) start -= 1;
    return this.#events.slice(start);
  }

  #forget(count: number): void {
    const last = this.#events[count - 1];
    if (last === undefined) return;
    this.#compactedRevision = last.revision;
    this.#events = this.#events.slice(count);
  }
}
