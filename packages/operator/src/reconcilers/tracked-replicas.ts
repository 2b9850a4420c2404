import type { TinyNode, TinyTracker } from '@tinysystems/api';
import { sanitiseName } from '@tinysystems/core';
import { BY_FLOW, BY_PROJECT, type Caches } from '../resources/caches.ts';

/** A replica that may handle messages which a tracker records. */
export interface Replica {
  readonly module: string;
  readonly pod: string;
  /** gRPC `host:port`. */
  readonly addr: string;
}

/** The live replicas of the modules that own a tracker's nodes. */
export function replicasOf(
  tracker: TinyTracker,
  caches: Pick<Caches, 'nodes' | 'modules'>,
): readonly Replica[] {
  const { namespace = '' } = tracker.metadata;
  const modules = new Set(nodesOf(tracker, caches).map(({ spec }) => sanitiseName(spec.module)));
  return [...modules].sort().flatMap((module) => {
    const endpoints = caches.modules.lister.get(namespace, module)?.status?.endpoints ?? [];
    return endpoints.map(({ pod, addr }) => ({ module, pod, addr }));
  });
}

function nodesOf({ metadata, spec }: TinyTracker, { nodes }: Pick<Caches, 'nodes'>): readonly TinyNode[] {
  if (spec.flow !== undefined) return nodes.lister.byIndex(BY_FLOW, spec.flow);
  if (spec.project !== undefined) return nodes.lister.byIndex(BY_PROJECT, spec.project);
  const node = nodes.lister.get(metadata.namespace ?? '', spec.node ?? '');
  return node === undefined ? [] : [node];
}
