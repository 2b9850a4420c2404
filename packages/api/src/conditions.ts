import type { Condition } from './types.ts';

/** A condition before it is stamped with the time of its last change. */
export type ConditionDraft = Omit<Condition, 'lastTransitionTime'>;

/** The longest message of a status, characters; a CRD takes 32 768, but a person reads none of that length. */
export const MAX_MESSAGE_LENGTH = 4096;

/** A message as a status takes it: its end is cut off beyond {@link MAX_MESSAGE_LENGTH}. */
export function clipMessage(text: string): string {
  return text.length <= MAX_MESSAGE_LENGTH ? text : `${text.slice(0, MAX_MESSAGE_LENGTH - 2)} …`;
}

/**
 * Stamps new conditions: one whose answer did not change keeps its time. Order is that of `drafts`; messages that are
 * too long are cut off.
 */
export function stampConditions(
  before: readonly Condition[] | undefined,
  drafts: readonly ConditionDraft[],
  nowMs: number,
): readonly Condition[] {
  const now = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return drafts.map((draft) => {
    const known = before?.find((condition) => condition.type === draft.type);
    const isSame = known !== undefined && known.status === draft.status;
    return {
      ...draft,
      message: clipMessage(draft.message),
      lastTransitionTime: isSame ? known.lastTransitionTime : now,
    };
  });
}

/** The condition of that type. */
export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
