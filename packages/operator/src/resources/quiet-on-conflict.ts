import { ApiError, type ObjectKey, type Reconcile } from '@tinysystems/kubernetes';

/** Long enough for the watch to bring the object that made the write fail, milliseconds. */
const FIRST_LOOK_MS = 20;
/** A watch that is broken brings nothing for a while: then asking more often helps nobody. */
const LAST_LOOK_MS = 5000;

/**
 * A write that lost against a newer object is no failure: the reconciliation looks again at what is there now,
 * after 20 ms, then less and less often, every 5 s at last.
 */
export function quietOnConflict(reconcile: Reconcile): Reconcile {
  const conflicts = new Map<ObjectKey, number>();
  return async (key, signal) => {
    const earlier = conflicts.get(key) ?? 0;
    conflicts.delete(key);
    try {
      return await reconcile(key, signal);
    } catch (error) {
      if (!ApiError.isConflict(error)) throw error;
      conflicts.set(key, earlier + 1);
      return { requeueAfterMs: Math.min(LAST_LOOK_MS, FIRST_LOOK_MS * 2 ** earlier) };
    }
  };
}
