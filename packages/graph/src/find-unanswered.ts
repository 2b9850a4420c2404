import type { NodeFinding } from './finding.ts';
import type { FlowNode, FlowPort } from './flow.ts';
import { type PortGraph, type Stop, stopText } from './port-graph.ts';

/**
 * Finds out ports that ask for a reply (`reply`) which no path brings back. A path goes on behind an in port that
 * passes answers on (`answers: passed`), and ends at one that answers itself. An in port that does not say leaves it
 * open.
 */
export function findUnanswered(graph: PortGraph): readonly NodeFinding[] {
  return graph.nodes.flatMap((node) =>
    node.ports
      .filter(({ direction, reply }) => direction === 'out' && reply !== undefined)
      .flatMap((port) => unanswered(node, port, graph)),
  );
}

function unanswered(node: FlowNode, port: FlowPort, graph: PortGraph): readonly NodeFinding[] {
  const { isAnswered, silent } = search(node, port, graph);
  if (isAnswered) return [];
  const expected = `a path from ${port.name} to a port that replies`;
  const finding = { code: 'ReplyMissing', path: [], node: node.name, expected } as const;
  if (silent !== undefined)
    return [
      {
        ...finding,
        state: 'unknown',
        found: `paths that end, and ${silent}`,
        reason: `${silent} does not say whether it replies`,
      },
    ];
  const hasEdges = node.edges.some((edge) => edge.port === port.name);
  const found = hasEdges ? 'only paths that end without a reply' : `no edge at ${port.name}`;
  return [{ ...finding, state: 'invalid', found, reason: 'every request fails with REPLY_MISSING' }];
}

interface Search {
  readonly isAnswered: boolean;
  /** An in port that may reply, as far as anybody knows. */
  readonly silent: string | undefined;
}

function search(node: FlowNode, port: FlowPort, graph: PortGraph): Search {
  let silent: string | undefined;
  const seen = new Set<string>();
  const waiting = [...graph.after(node, port.name)];
  for (let index = 0; index < waiting.length; index += 1) {
    const stop = waiting[index];
    // An edge that leads nowhere is wrong by itself, and what it was meant for is not known.
    if (stop === undefined) return { isAnswered: true, silent };
    if (!seen.has(stopText(stop))) {
      seen.add(stopText(stop));
      const { answers } = stop.port;
      if (answers === 'itself') return { isAnswered: true, silent };
      if (answers === undefined) silent ??= stopText(stop);
      if (answers !== 'never') waiting.push(...onward(stop, graph));
    }
  }
  return { isAnswered: false, silent };
}

/** Which out port brings the answer is not said: any may. */
function onward({ node }: Stop, graph: PortGraph): ReadonlyArray<Stop | undefined> {
  const ports = new Set(node.edges.map(({ port }) => port));
  return [...ports].flatMap((port) => graph.after(node, port));
}
