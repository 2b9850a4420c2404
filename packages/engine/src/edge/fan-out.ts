import { type Json, TinyError, toTinyError } from '@tinysystems/core';

/**
 * Waits for all branches of one emit; none is aborted for a sibling.
 *
 * @param policy - `settled` ignores failures when some branch answered or did not fail.
 * @returns the reply of the first branch in spec order that has one.
 * @throws the first failure in spec order, the others in its `branches`.
 */
export async function joinBranches(
  branches: readonly Promise<Json | undefined>[],
  policy: 'all' | 'settled',
): Promise<Json | undefined> {
  const results = await Promise.allSettled(branches);
  const failures = results.filter((result) => result.status === 'rejected').map((result) => toTinyError(result.reason));
  const [first, ...others] = failures;
  if (first !== undefined && (policy === 'all' || failures.length === results.length)) {
    throw others.length === 0 ? first : withBranches(first, others);
  }
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])).find((value) => value !== undefined);
}

function withBranches(first: TinyError, others: readonly TinyError[]): TinyError {
  return new TinyError(first.kind, first.code, `${first.message} (and ${others.length} more of the branches failed)`, {
    cause: first,
    retryAfterMs: first.retryAfterMs,
    branches: others,
  });
}
