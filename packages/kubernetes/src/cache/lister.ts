import type { KubeObject } from '../object.ts';

/** The read side of a cache. Its objects are frozen: copy before changing. */
export interface Lister<T extends KubeObject> {
  /** `namespace` is `''` for objects of the cluster. */
  get(namespace: string, name: string): T | undefined;
  list(): T[];
  /**
   * The objects for which the indexer `index` returned `value`.
   *
   * @throws RangeError for an index that was not declared.
   */
  byIndex(index: string, value: string): T[];
}
