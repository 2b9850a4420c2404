import type { TinyNode, TinySignal } from '@tinysystems/api';
import { type Component, isSameModule } from '@tinysystems/core';
import {
  type FlowReport,
  checkFlow as checkNodes,
  findingText,
  flowNodeFromComponent,
} from '@tinysystems/graph';
import { parseAllDocuments } from 'yaml';

/** What is said of a flow; see `FlowReport`. */
export interface CheckedFlow extends FlowReport {
  /** Everything that is invalid or cannot be told, one line each: `server/ask: context.name: expected …`. */
  readonly problems: readonly string[];
}

/**
 * Checks the flows of a YAML text as `tinysystems validate` does, with no cluster and nothing started.
 *
 * @param modules - the components of the modules that the flow names, by name of the module.
 * @throws Error when the text is no YAML.
 */
export function checkFlow(
  yaml: string,
  modules: Readonly<Record<string, readonly Component[]>>,
): CheckedFlow {
  const resources = resourcesOf(yaml);
  const signalled = new Set(resources.filter(isSignal).map(({ spec }) => spec.node));
  const nodes = resources.filter(isNode).map((node) => {
    const known = Object.entries(modules).find(([name]) => isSameModule(node.spec.module, name));
    const read = flowNodeFromComponent(node, known === undefined ? undefined : { components: known[1] });
    return signalled.has(read.name) ? { ...read, isTrigger: true } : read;
  });
  const report = checkNodes(nodes);
  return { ...report, problems: problemsOf(report) };
}

type Resource = Partial<TinyNode> | Partial<TinySignal> | null;

function resourcesOf(yaml: string): readonly Resource[] {
  const documents = parseAllDocuments(yaml);
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`the flow is no YAML: ${error.message}`, { cause: error });
    return document.toJS() as Resource;
  });
}

function isNode(resource: Resource): resource is TinyNode {
  return resource?.kind === 'TinyNode';
}

function isSignal(resource: Resource): resource is TinySignal {
  return resource?.kind === 'TinySignal';
}

function problemsOf({ edges, findings }: FlowReport): readonly string[] {
  return [
    ...edges.flatMap(({ node, edge, findings: found }) =>
      found.map((finding) => `${node}/${edge}: ${findingText(finding)}`),
    ),
    ...findings.map((finding) => `${finding.node}: ${findingText(finding)}`),
  ];
}
