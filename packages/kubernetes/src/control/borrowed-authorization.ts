import type { ClusterConfig } from '../client/cluster-config.ts';
import type { Clock } from '../clock.ts';

/** After this a value is asked for again, while the old one is still used. */
const VALUE_AGE_MS = 10_000;
/** How long a refused value waits for a new one before it is tried again. */
const REFRESH_TIMEOUT_MS = 2_000;

/**
 * Credentials that another thread has: they are asked for ahead of time, and the last ones are used for as long as
 * that thread is busy.
 */
export function borrowedAuthorization(
  ask: (refresh: boolean) => Promise<string | undefined>,
  clock: Clock,
): ClusterConfig['authorization'] {
  let last: { readonly value: string | undefined } | undefined;
  let askedMs = 0;
  let asking: Promise<string | undefined> | undefined;
  const renew = (refresh: boolean): Promise<string | undefined> => {
    askedMs = clock.monotonicMs();
    asking ??= ask(refresh)
      .then((value) => (last = { value }).value)
      .finally(() => (asking = undefined));
    return asking;
  };
  return async ({ refresh = false } = {}) => {
    if (last === undefined) return renew(refresh);
    if (refresh) return inTime(renew(true), last.value, clock);
    if (clock.monotonicMs() - askedMs >= VALUE_AGE_MS) renew(false).catch(() => undefined); // Asked again in a while.
    return last.value;
  };
}

/** What `asked` gives, or `otherwise` when it takes too long or fails. */
async function inTime<T>(asked: Promise<T>, otherwise: T, clock: Clock): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  const timer = clock.setTimeout(() => resolve(otherwise), REFRESH_TIMEOUT_MS);
  try {
    return await Promise.race([asked, promise]);
  } finally {
    timer.clear();
  }
}
