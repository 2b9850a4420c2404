import type { TinyModule, TinyNode } from '@tinysystems/api';
import { isSameModule } from '@tinysystems/core';
import { type FlowNode, flowNodeFromPublished } from '@tinysystems/graph';
import type { Client } from '@tinysystems/kubernetes';
import { MODULES, NODES } from '../dev/cluster.ts';

/** What a namespace of a cluster knows. */
export interface ClusterFlow {
  readonly nodes: readonly TinyNode[];
  readonly modules: readonly TinyModule[];
}

/** Reads the TinyNodes and TinyModules of a namespace; changes nothing. */
export async function readCluster(
  client: Client,
  namespace: string,
  signal: AbortSignal,
): Promise<ClusterFlow> {
  const [nodes, modules] = await Promise.all([
    client.resource(NODES, namespace).list({ signal }),
    client.resource(MODULES, namespace).list({ signal }),
  ]);
  return { nodes: nodes.items, modules: modules.items };
}

/** A node with the ports that the cluster publishes of it and of its module. */
export function readClusterNode(node: TinyNode, { nodes, modules }: ClusterFlow): FlowNode {
  const module = modules.find(({ metadata }) => isSameModule(node.spec.module, metadata.name ?? ''));
  const running = nodes.find(({ metadata }) => metadata.name === node.metadata.name);
  const components = module?.status?.components;
  return flowNodeFromPublished(node, components === undefined ? undefined : { components, running });
}
