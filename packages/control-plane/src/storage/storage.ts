import type { KubeObject } from '../kube-object.ts';

/** One object at its place: `resource` is `plural.group`, `key` is `namespace/name` or `name`. */
export interface StoredEntry {
  readonly resource: string;
  readonly key: string;
  readonly object: KubeObject;
}

/** One write. `text` is the object as JSON, `undefined` when the object goes away. */
export interface Change {
  readonly resource: string;
  readonly key: string;
  readonly text: string | undefined;
  readonly revision: number;
}

/** What was there when the storage was opened. */
export interface StorageContent {
  readonly revision: number;
  readonly entries: readonly StoredEntry[];
}

/** Where objects survive a restart, or do not. */
export interface Storage extends AsyncDisposable {
  /** Reads everything once, at start. */
  load(): StorageContent;
  /**
   * Keeps one change and the revision that it made, in one transaction.
   *
   * @returns when the change would survive a crash of the process and of the machine; changes become durable in the
   * order of the calls.
   */
  commit(change: Change): Promise<void>;
}
