import { emittedType } from './carried.ts';
import { type EdgeVerdict, checkEdge } from './check-edge.ts';
import { type FlowNode, findPort } from './flow.ts';

/**
 * Checks the edges of one node by themselves: what its out ports emit is what their schemas say, and what the flow author
 * said of the node's own in ports. What other nodes send to it is not followed, as `checkFlow` does.
 *
 * @param targetOf - the node of that name; `undefined`: there is none.
 */
export function checkNodeEdges(
  from: FlowNode,
  targetOf: (name: string) => FlowNode | undefined,
): readonly EdgeVerdict[] {
  return from.edges.map((edge) => {
    const port = findPort(from, edge.port, 'out');
    const emitted = port === undefined ? undefined : emittedType(from, port, () => []);
    return checkEdge(edge, { from, target: targetOf(edge.to), emitted }).verdict;
  });
}
