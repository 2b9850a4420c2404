import { type Json, TinyError, toTinyError } from '@tinysystems/core';

/**
 * Waits for all branches of one emit; none is aborted for a sibling.
 *
 * @param policy - `settled` ignores failures unless every branch failed.
 * @returns the reply of the first branch in spec order that has one.
 * @throws the first failure in spec order, the others in its `branches`.
 */
export async function joinBranches(
  branches: readonly Promise<Json | undefined>[],
  policy: 'all' | 'settled',
): Promise<Json | undefined> {
  const failures: TinyError[] = [];
  let reply: Json | undefined;
  for (const result of await Promise.allSettled(branches)) {
    if (result.status === 'rejected') failures.push(toTinyError(result.reason));
    else if (reply === undefined) reply = result.value;
  }
  const [first, ...others] = failures;
  if (first !== undefined && (policy === 'all' || failures.length === branches.length)) {
    throw others.length === 0 ? first : withBranches(first, others);
  }
  return reply;
}

function withBranches(first: TinyError, others: readonly TinyError[]): TinyError {
  return new TinyError(
    first.kind,
    first.code,
    `${first.message} (and ${others.length} more of the branches failed)`,
    {
      cause: first,
      retryAfterMs: first.retryAfterMs,
      branches: others,
      failedAt: first.failedAt,
    },
  );
}
