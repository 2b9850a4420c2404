import type { ResourceDefinition } from './definition.ts';
import { CORE_KINDS } from './kinds/core-kinds.ts';
import { EVENT_KINDS } from './kinds/event-kinds.ts';
import { POLICY_KINDS } from './kinds/policy-kinds.ts';
import { WORKLOAD_KINDS } from './kinds/workload-kinds.ts';

/** The kinds that kubectl, Helm and operators touch; the server keeps them and nothing acts on them. */
export const BUILTIN_KINDS: readonly ResourceDefinition[] = [
  ...CORE_KINDS,
  ...EVENT_KINDS,
  ...WORKLOAD_KINDS,
  ...POLICY_KINDS,
];
