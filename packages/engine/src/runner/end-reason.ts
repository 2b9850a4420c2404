/** Why an instance ends: this replica lets go of it, or its node was deleted. */
export type EndReason = 'released' | 'deleted';
