import type { Condition } from './types.ts';

/** A condition before it is stamped with the time of its last change. */
export type ConditionDraft = Omit<Condition, 'lastTransitionTime'>;

/** Stamps new conditions: one whose answer did not change keeps its time. Order is that of `drafts`. */
export function stampConditions(
  before: readonly Condition[] | undefined,
  drafts: readonly ConditionDraft[],
  nowMs: number,
): readonly Condition[] {
  const now = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return drafts.map((draft) => {
    const known = before?.find((condition) => condition.type === draft.type);
    const isSame = known !== undefined && known.status === draft.status;
    return { ...draft, lastTransitionTime: isSame ? known.lastTransitionTime : now };
  });
}

/** The condition of that type. */
export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
