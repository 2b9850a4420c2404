import {
  type Condition,
  type ConditionDraft,
  type GroupStatus,
  type TinyNode,
  findCondition,
  stampConditions,
} from '@tinysystems/api';
import { sanitiseName } from '@tinysystems/core';

/** What a flow or a project adds up. */
export interface GroupOptions {
  readonly nodes: readonly TinyNode[];
  readonly generation: number;
  readonly isSuspended: boolean;
  readonly before: readonly Condition[] | undefined;
  readonly nowMs: number;
}

/** Adds up the readiness of nodes. A group without nodes is not ready: nothing would happen in it. */
export function groupStatusOf({ nodes, generation, isSuspended, before, nowMs }: GroupOptions): GroupStatus {
  // By name, so that what it says does not change with the order in which they were seen.
  const notReady = nodes.filter((node) => !isReady(node)).sort(byName);
  const readyNodes = nodes.length - notReady.length;
  const draft = { ...readiness(nodes, notReady, isSuspended), observedGeneration: generation };
  return {
    observedGeneration: generation,
    nodes: nodes.length,
    readyNodes,
    errorNodes: nodes.filter((node) => node.status?.error === true).length,
    ready: `${readyNodes}/${nodes.length}`,
    modules: [...new Set(nodes.map((node) => sanitiseName(node.spec.module)))].sort(),
    conditions: stampConditions(before, [draft], nowMs),
  };
}

function readiness(
  nodes: readonly TinyNode[],
  notReady: readonly TinyNode[],
  isSuspended: boolean,
): ConditionDraft {
  const type = 'Ready';
  if (isSuspended) return { type, status: 'False', reason: 'Suspended', message: 'spec.suspended is true' };
  if (nodes.length === 0)
    return { type, status: 'False', reason: 'NoNodes', message: 'no TinyNode carries its name in a label' };
  const [first] = notReady;
  if (first === undefined)
    return { type, status: 'True', reason: 'Ready', message: `all ${nodes.length} nodes are ready` };
  const name = first.metadata.name ?? '';
  const ready = findCondition(first.status?.conditions, 'Ready');
  const why =
    ready?.status === 'False'
      ? ready.message
      : `module ${first.spec.module} has not taken it up: is it running?`;
  const others = notReady.length === 1 ? '' : ` (and ${notReady.length - 1} more)`;
  return { type, status: 'False', reason: 'NodesNotReady', message: `node ${name}: ${why}${others}` };
}

function byName(a: TinyNode, b: TinyNode): number {
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

function isReady(node: TinyNode): boolean {
  const ready = findCondition(node.status?.conditions, 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === node.metadata.generation;
}
