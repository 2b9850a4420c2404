import type { Clock } from '../clock.ts';
import type { ObjectKey } from '../object.ts';

/** What a reconciliation may ask for. */
export interface ReconcileResult {
  /** Reconcile again after this, even when nothing changes. */
  readonly requeueAfterMs?: number;
}

/** Makes the world as the object `key` wants it. Must stop soon after `signal` aborts. */
export type Reconcile = (key: ObjectKey, signal: AbortSignal) => Promise<ReconcileResult | void>;

/** How one attempt ended. */
export type Outcome =
  | { readonly type: 'success'; readonly requeueAfterMs: number | undefined }
  | { readonly type: 'failure'; readonly error: unknown }
  | { readonly type: 'timeout'; readonly error: Error };

/** What {@link startAttempt} needs. */
export interface AttemptOptions {
  readonly reconcile: Reconcile;
  readonly key: ObjectKey;
  readonly reconcileTimeoutMs?: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** One call of `reconcile` under way. Neither promise ever rejects. */
export interface Attempt {
  /** Settled when the call ended or its time is over, whichever is first. */
  readonly outcome: Promise<Outcome>;
  /** Settled when the call ended. */
  readonly ended: Promise<Outcome>;
}

/** Calls `reconcile` once, and contains everything it may throw. */
export function startAttempt(options: AttemptOptions): Attempt {
  const { clock, key, reconcileTimeoutMs: timeoutMs, signal } = options;
  const timeout = new AbortController();
  const ended = call(options.reconcile, key, AbortSignal.any([signal, timeout.signal]));
  if (timeoutMs === undefined) return { outcome: ended, ended };
  const cutOff = Promise.withResolvers<Outcome>();
  const timer = clock.setTimeout(() => {
    const error = new Error(`The reconciliation of "${key}" did not end within ${timeoutMs} ms.`);
    cutOff.resolve({ type: 'timeout', error });
    timeout.abort(error);
  }, timeoutMs);
  return { outcome: Promise.race([cutOff.promise, ended]).finally(() => timer.clear()), ended };
}

async function call(reconcile: Reconcile, key: ObjectKey, signal: AbortSignal): Promise<Outcome> {
  try {
    const result = await reconcile(key, signal);
    return { type: 'success', requeueAfterMs: result?.requeueAfterMs };
  } catch (error) {
    return { type: 'failure', error };
  }
}
