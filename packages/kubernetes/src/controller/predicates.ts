import type { KubeObject } from '../object.ts';

/** A change in a cache, as a {@link Predicate} sees it. */
export type CacheEvent<T extends KubeObject> =
  | { readonly type: 'add' | 'delete'; readonly object: T }
  | { readonly type: 'update'; readonly object: T; readonly old: T };

/** Decides whether a change is worth a reconciliation. Timers and `enqueue` are never asked about. */
export type Predicate<T extends KubeObject> = (event: CacheEvent<T>) => boolean;

/**
 * Passes adds, deletes, and updates that changed what is wanted: the generation, labels, annotations, finalizers,
 * or that a deletion began. Changes of the status alone do not pass, so writing it causes no reconciliation.
 */
export function desiredStateChanged(event: CacheEvent<KubeObject>): boolean {
  if (event.type !== 'update') return true;
  const [now, before] = [event.object.metadata, event.old.metadata];
  return (
    now.generation !== before.generation ||
    now.deletionTimestamp !== before.deletionTimestamp ||
    !isSameJson(now.labels, before.labels) ||
    !isSameJson(now.annotations, before.annotations) ||
    !isSameJson(now.finalizers, before.finalizers)
  );
}

/** These come from the server with their keys in order, so their text is enough. */
function isSameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
