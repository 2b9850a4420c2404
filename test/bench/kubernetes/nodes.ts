import { API_GROUP, API_VERSION, TINY_NODE, type TinyNode } from '@tinysystems/api';
import { type Client, type ResourceClient, resourceType } from '@tinysystems/kubernetes';

/** The namespace that everything of a benchmark is in. */
export const NAMESPACE = 'default';
/** The module whose nodes they are. */
export const MODULE = 'bench-module';
/** Enough writes under way to keep a server busy. */
const WRITERS = 16;

/** The TinyNodes of a cluster. */
export function nodesOf(client: Client): ResourceClient<TinyNode> {
  return client.resource(resourceType<TinyNode>(TINY_NODE), NAMESPACE);
}

/** Creates `count` TinyNodes with status, 1.7 KB of JSON each without managed fields, in flows of ten. */
export async function createNodes(client: Client, count: number): Promise<void> {
  const nodes = nodesOf(client);
  let next = 0;
  const write = async () => {
    while (next < count) {
      const node = tinyNode(next++);
      const created = await nodes.create(node);
      await nodes.replaceStatus({ ...created, ...node, metadata: created.metadata });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}

/** The name of the node with that number. */
export function nodeName(index: number): string {
  return `node-${String(index).padStart(5, '0')}`;
}

/** A node as its module's leader leaves it: running, with one edge, two ports and four conditions. */
function tinyNode(index: number): TinyNode {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const condition = (type: string, reason: string, message: string) =>
    ({ type, status: 'True', reason, message, observedGeneration: 1, lastTransitionTime }) as const;
  return {
    apiVersion: `${API_GROUP}/${API_VERSION}`,
    kind: 'TinyNode',
    metadata: {
      name: nodeName(index),
      labels: {
        'tinysystems.io/flow-name': `flow-${Math.floor(index / 10)}`,
        'tinysystems.io/project-name': `project-${Math.floor(index / 100)}`,
      },
    },
    spec: {
      module: MODULE,
      component: 'transform',
      settings: { context: { customer: `customer-${index}` } },
      edges: [
        {
          id: `edge-${index}`,
          port: 'out',
          to: nodeName(index + 1),
          toPort: 'in',
          configuration: { context: { customer: '{{$.context.customer}}', step: index } },
        },
      ],
    },
    status: {
      observedGeneration: 1,
      module: { name: MODULE, version: '0.1.0', sdkVersion: '0.1.0' },
      component: { description: 'Reshapes a message.', info: '', tags: ['data'] },
      ports: [
        { name: 'in', label: 'In', position: 'left', source: false, schema: { type: 'object' } },
        { name: 'out', label: 'Out', position: 'right', source: true },
      ],
      status: 'OK',
      error: false,
      leaderEpoch: 1,
      lastUpdateTime: lastTransitionTime,
      conditions: [
        condition('Ready', 'Ready', 'takes messages'),
        condition('ComponentAvailable', 'Available', 'transform of bench-module 0.1.0'),
        condition('SettingsAccepted', 'Accepted', 'the settings are in force'),
        condition('EdgesResolved', 'Resolved', 'every edge leads to a port'),
      ],
    },
  };
}
