export { type CheckEdgeOptions, type CheckedEdge, type EdgeVerdict, checkEdge } from './check-edge.ts';
export { checkNodeEdges } from './check-node-edges.ts';
export { type FlowReport, checkFlow, flowReport } from './check-flow.ts';
export { findingText } from './finding-text.ts';
export { type Finding, type FindingCode, type NodeFinding, type Path, pathText } from './finding.ts';
export {
  type KnownModule,
  type NodeResource,
  type PublishedComponent,
  flowNodeFromComponent,
  flowNodeFromPublished,
} from './flow-node.ts';
export { type PublishedPorts, flowPortsFromPublished } from './flow-ports.ts';
export type { FlowEdge, FlowNode, FlowPort } from './flow.ts';
export type { Type } from './type.ts';
