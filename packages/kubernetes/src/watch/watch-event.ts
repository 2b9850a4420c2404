import type { KubeObject } from '../object.ts';

/** A change of one object. */
export interface ObjectEvent<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

/** Says that everything up to the object's `resourceVersion` has been sent. */
export interface BookmarkEvent {
  readonly type: 'BOOKMARK';
  readonly object: KubeObject;
}

/** What a watch yields. Errors of the server are thrown. */
export type WatchEvent<T extends KubeObject> = ObjectEvent<T> | BookmarkEvent;
