import type { KubeObject } from '../kube-object.ts';
import type { StoreEvent } from './revision-log.ts';

/**
 * The objects of a resource as they were before `undo` happened.
 *
 * @param undo - the changes since then, oldest first; those of other resources are skipped.
 */
export function objectsAtRevision(
  current: ReadonlyMap<string, KubeObject>,
  resource: string,
  undo: readonly StoreEvent[],
): ReadonlyMap<string, KubeObject> {
  const objects = new Map(current);
  for (const event of undo.toReversed()) {
    if (event.resource !== resource) continue;
    if (event.previous) objects.set(event.key, event.previous);
    else objects.delete(event.key);
  }
  return objects;
}
