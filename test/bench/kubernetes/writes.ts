import type { TinyNode } from '@tinysystems/api';
import type { Client } from '@tinysystems/kubernetes';
import { nodeName, nodesOf } from './nodes.ts';

/** What {@link writeSteadily} does. */
export interface SteadyWrites {
  /** Nodes to choose from, made by `createNodes`. */
  readonly nodes: number;
  readonly perSecond: number;
  readonly durationMs: number;
}

/** Changes the settings of one node after the other at a steady rate, and waits until all writes are acknowledged. */
export async function writeSteadily(client: Client, writes: SteadyWrites): Promise<void> {
  const { nodes, perSecond, durationMs } = writes;
  const total = Math.round((perSecond * durationMs) / 1000);
  const startedMs = performance.now();
  const pending: Promise<unknown>[] = [];
  for (let index = 0; index < total; index += 1) {
    const dueMs = startedMs + (index * 1000) / perSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    // A stride that visits every node before it comes back to one.
    const name = nodeName((index * 7919) % nodes);
    pending.push(
      nodesOf(client).patch(name, { spec: { settings: { sentNs: String(process.hrtime.bigint()) } } }),
    );
  }
  await Promise.all(pending);
}

/** When a node was last changed by {@link writeSteadily}, on the clock that all processes of a machine share. */
export function readMoment(node: TinyNode): bigint | undefined {
  const settings = node.spec.settings as { readonly sentNs?: string } | undefined;
  return settings?.sentNs === undefined ? undefined : BigInt(settings.sentNs);
}
