import { DEFAULT_CONCURRENCY, type EdgeSpec, type NodeSpec } from '@tinysystems/core';

/** An edge of a node of this suite. */
export type EdgeDraft = Pick<EdgeSpec, 'to'> &
  Partial<Pick<EdgeSpec, 'port' | 'toPort' | 'configuration' | 'retry'>>;

/** What a node of this suite may say beside its name and component. */
export interface NodeDraft {
  readonly edges?: readonly EdgeDraft[];
  readonly concurrency?: NodeSpec['concurrency'];
  readonly run?: boolean;
}

/** A node of the module that its name begins with. */
export function node(
  name: string,
  component: string,
  { edges = [], concurrency = DEFAULT_CONCURRENCY, run = true }: NodeDraft = {},
): NodeSpec {
  return {
    name,
    namespace: 'test',
    uid: name,
    generation: 1,
    module: moduleOf(name) ?? '',
    component,
    run,
    settings: {},
    ports: [],
    concurrency,
    flow: undefined,
    project: undefined,
    edges: edges.map(({ port = 'out', to, toPort = 'in', configuration, retry }, index) => ({
      id: `${index}-to-${to}`,
      port,
      to,
      toPort,
      configuration,
      onExpressionError: 'Fail',
      retry,
    })),
  };
}

/** The module that a node of this suite belongs to; `undefined`: no such node. */
export function moduleOf(name: string): string | undefined {
  return ['near', 'middle', 'far'].find((module) => name.startsWith(module));
}

/** The same flow, with a node of the module `middle` on every edge that leads from one module to another. */
export function throughMiddle(specs: readonly NodeSpec[]): readonly NodeSpec[] {
  const between: NodeSpec[] = [];
  const changed = specs.map((spec) => ({
    ...spec,
    edges: spec.edges.map((edge) => {
      const target = moduleOf(edge.to);
      if (target === undefined || target === spec.module) return edge;
      const middle = `middle-${between.length}`;
      between.push(
        node(middle, 'pass', { edges: [{ to: edge.to, toPort: edge.toPort, retry: edge.retry }] }),
      );
      return { ...edge, to: middle, toPort: 'in', retry: undefined };
    }),
  }));
  return [...between, ...changed];
}
