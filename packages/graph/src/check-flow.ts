import type { EdgeVerdict } from './check-edge.ts';
import type { NodeFinding } from './finding.ts';
import { findCycles } from './find-cycles.ts';
import { findUnanswered } from './find-unanswered.ts';
import { findUnreachable } from './find-unreachable.ts';
import type { FlowNode } from './flow.ts';
import { checkEdges } from './flow-types.ts';
import { PortGraph } from './port-graph.ts';

/** What is said of a flow. */
export interface FlowReport {
  /** The worst of all: `invalid` before `unknown` before `valid`. */
  readonly verdict: EdgeVerdict['verdict'];
  /** Every edge, by node and then in spec order. */
  readonly edges: readonly EdgeVerdict[];
  /** What concerns nodes, or more than one edge: circles, nodes that nothing leads to, requests nobody answers. */
  readonly findings: readonly NodeFinding[];
}

/**
 * Checks a whole flow before it runs: every edge with the types that flow along it, and how the edges hang together.
 * Nothing is read, started or changed.
 *
 * @param nodes - all nodes of a namespace, or those that only have edges among each other.
 */
export function checkFlow(nodes: readonly FlowNode[]): FlowReport {
  const graph = new PortGraph(nodes);
  const edges = checkEdges(nodes);
  const own = nodes.flatMap(({ name: node, problems = [] }) =>
    problems.map((finding) => ({ ...finding, node })),
  );
  const findings = [...own, ...findCycles(graph), ...findUnanswered(graph), ...findUnreachable(graph)];
  return flowReport(edges, findings);
}

/** A report of these edges and findings. */
export function flowReport(edges: readonly EdgeVerdict[], findings: readonly NodeFinding[]): FlowReport {
  const states = new Set([...edges.map(({ verdict }) => verdict), ...findings.map(({ state }) => state)]);
  const verdict = states.has('invalid') ? 'invalid' : states.has('unknown') ? 'unknown' : 'valid';
  return { verdict, edges, findings };
}
