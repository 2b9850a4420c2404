import { ApiError, type Reconcile } from '@tinysystems/kubernetes';

/** Long enough for the watch to bring the object that made the write fail, milliseconds. */
const LOOK_AGAIN_MS = 20;

/** A write that lost against a newer object is no failure: the reconciliation looks again at what is there now. */
export function quietOnConflict(reconcile: Reconcile): Reconcile {
  return async (key, signal) => {
    try {
      return await reconcile(key, signal);
    } catch (error) {
      if (ApiError.isConflict(error)) return { requeueAfterMs: LOOK_AGAIN_MS };
      throw error;
    }
  };
}
