import {
  type EdgeVerdict,
  type Finding,
  type FlowReport,
  type NodeFinding,
  findingText,
  pathText,
} from '@tinysystems/graph';

/** How a verdict is called. */
const NAMES: Readonly<Record<EdgeVerdict['verdict'], string>> = {
  valid: 'valid',
  unknown: 'cannot tell',
  invalid: 'invalid',
};

/** A report for people: what is not valid, and a last line that counts. */
export function reportText({ edges, findings }: FlowReport): string {
  const lines = [
    ...edges.filter(({ verdict }) => verdict !== 'valid').flatMap(edgeLines),
    ...findings.map(findingLine),
  ];
  return [...lines, summary(edges, findings)].join('\n');
}

function edgeLines({ node, edge, route, verdict, findings }: EdgeVerdict): readonly string[] {
  return [
    `${NAMES[verdict]}: edge ${edge} of node ${node} (${route})`,
    ...findings.map((finding) => `    ${findingText(finding)}`),
  ];
}

function findingLine(finding: NodeFinding): string {
  return `${NAMES[finding.state]}: node ${finding.node}, ${finding.code}\n    ${findingText(finding)}`;
}

function summary(edges: readonly EdgeVerdict[], findings: readonly Finding[]): string {
  const count = (wanted: EdgeVerdict['verdict']) => edges.filter(({ verdict }) => verdict === wanted).length;
  const counts = (['valid', 'unknown', 'invalid'] as const).map(
    (verdict) => `${count(verdict)} ${NAMES[verdict]}`,
  );
  const others = findings.length === 0 ? '' : `, and ${findings.length} about nodes`;
  return `${edges.length} ${edges.length === 1 ? 'edge' : 'edges'}: ${counts.join(', ')}${others}`;
}

/** A report for programs: the same with paths as text, and every finding's text as `message`. */
export function reportJson({ verdict, edges, findings }: FlowReport): string {
  const shown = {
    verdict,
    edges: edges.map((edge) => ({ ...edge, findings: edge.findings.map(shownFinding) })),
    findings: findings.map(shownFinding),
  };
  return JSON.stringify(shown, undefined, 2);
}

function shownFinding<T extends Finding>(finding: T) {
  return { ...finding, path: pathText(finding.path), message: findingText(finding) };
}
