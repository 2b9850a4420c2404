import type { TinyModuleComponent, TinyNode } from '@tinysystems/api';
import {
  type Component,
  type PublishedPort,
  isSameModule,
  sanitiseName,
  stringifyJson,
} from '@tinysystems/core';
import {
  type EdgeVerdict,
  type FindingCode,
  type FlowNode,
  checkNodeEdges,
  findingText,
  flowPortsFromPublished,
} from '@tinysystems/graph';
import { publishedComponent } from '../discovery/published-component.ts';
import type { Caches } from '../resources/caches.ts';

/** What the types of edges are checked with. */
export interface EdgeTypesOptions {
  readonly moduleName: string;
  readonly components: readonly Component[];
  readonly caches: { readonly [kind in 'nodes' | 'modules']: Pick<Caches[kind], 'lister'> };
}

/** What is said of the types of a node's edges, as text. */
export interface EdgeTypeProblems {
  /** Nothing that these edges send is taken. */
  readonly invalid: readonly string[];
  /** Whether what these edges send is taken cannot be told before they run. */
  readonly unknown: readonly string[];
}

/** The other findings are about the ends of an edge, which the status names already. */
const ABOUT_TYPES = new Set<FindingCode>([
  'PathUnknown',
  'ExpressionFails',
  'FieldMissing',
  'FieldUnknown',
  'TypeMismatch',
]);

/**
 * Checks what the edges of own nodes send against the ports they lead to. Worked out again only when the node, its ports
 * or the ports at the other end have changed.
 */
export class EdgeTypes {
  readonly #options: EdgeTypesOptions;
  readonly #own: ReadonlyMap<string, TinyModuleComponent>;
  /** By name of the node; {@link forget} takes out those that are gone. */
  readonly #known = new Map<string, { readonly key: string; readonly problems: EdgeTypeProblems }>();

  constructor(options: EdgeTypesOptions) {
    this.#options = options;
    this.#own = new Map(
      options.components.map((component) => [component.name, publishedComponent(component)]),
    );
  }

  /** @param ports - those of the node in this process. */
  problemsOf(node: TinyNode, ports: readonly PublishedPort[]): EdgeTypeProblems {
    const name = node.metadata.name ?? '';
    const from = this.#flowNode(node, ports);
    const targets = new Map((node.spec.edges ?? []).map(({ to }) => [to, this.#target(node, to)]));
    const key = stringifyJson([node.spec.edges, from.ports, endsOf(from, targets)]);
    const before = this.#known.get(name);
    if (before?.key === key) return before.problems;
    const problems = problemsFrom(checkNodeEdges(from, (to) => targets.get(to)));
    this.#known.set(name, { key, problems });
    return problems;
  }

  /** The node is no longer one of ours. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  #target(node: TinyNode, to: string): FlowNode | undefined {
    const target = this.#options.caches.nodes.lister.get(node.metadata.namespace ?? '', to);
    const ports = target?.status?.ports;
    return target === undefined || ports === undefined ? undefined : this.#flowNode(target, ports);
  }

  #flowNode(node: TinyNode, ports: readonly PublishedPort[]): FlowNode {
    const { module, component, edges = [], ports: authored } = node.spec;
    const published = this.#componentOf(node)?.ports ?? [];
    return {
      name: node.metadata.name ?? '',
      module,
      component,
      ports: flowPortsFromPublished({ component: published, node: ports, authored }),
      edges,
      isTrigger: true,
    };
  }

  #componentOf({ metadata, spec }: TinyNode): TinyModuleComponent | undefined {
    if (isSameModule(spec.module, this.#options.moduleName)) return this.#own.get(spec.component);
    const { lister } = this.#options.caches.modules;
    const module = lister.get(metadata.namespace ?? '', sanitiseName(spec.module));
    return module?.status?.components?.find(({ name }) => name === spec.component);
  }
}

/** The ports that the edges lead to: all that a verdict needs of the other nodes. */
function endsOf(from: FlowNode, targets: ReadonlyMap<string, FlowNode | undefined>): readonly unknown[] {
  return from.edges.map(
    ({ to, toPort }) => targets.get(to)?.ports.find(({ name }) => name === toPort)?.schema ?? null,
  );
}

function problemsFrom(verdicts: readonly EdgeVerdict[]): EdgeTypeProblems {
  const textsOf = (wanted: 'invalid' | 'unknown') =>
    verdicts.flatMap(({ edge, findings }) => {
      const own = findings.filter(({ state, code }) => state === wanted && ABOUT_TYPES.has(code));
      return own.length === 0 ? [] : [`edge ${edge}: ${own.map(findingText).join('; ')}`];
    });
  return { invalid: textsOf('invalid'), unknown: textsOf('unknown') };
}
