import type { NodeFinding } from './finding.ts';
import type { FlowNode } from './flow.ts';
import type { PortGraph } from './port-graph.ts';

/**
 * Finds the nodes that no trigger leads to. A trigger begins messages by itself: it is tagged so, it has no in port, or
 * a TinySignal is given for it. Since a TinySignal may come for any node, this is never certain. Of nodes behind each
 * other the first is named.
 */
export function findUnreachable(graph: PortGraph): readonly NodeFinding[] {
  const reached = new Set<FlowNode>();
  for (const node of graph.nodes) if (isStart(node)) reach(node, graph, reached);
  const entered = new Set(
    graph.nodes.flatMap((node) => graph.neighbours(node).filter((other) => other !== node)),
  );
  const first = graph.nodes.filter((node) => !entered.has(node));
  return [...first, ...graph.nodes].flatMap((node) => {
    if (reached.has(node)) return [];
    reach(node, graph, reached);
    return [
      {
        ...{ state: 'unknown', code: 'NodeUnreachable', path: [] },
        node: node.name,
        expected: 'an edge or a trigger that leads here',
        found: 'none',
        reason: 'only a TinySignal can bring it a message',
      },
    ];
  });
}

function isStart({ isTrigger, ports }: FlowNode): boolean {
  return isTrigger || !ports.some(({ direction, name }) => direction === 'in' && !name.startsWith('_'));
}

function reach(start: FlowNode, graph: PortGraph, reached: Set<FlowNode>): void {
  const waiting = [start];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    waiting.push(...graph.neighbours(node));
  }
}
