import { type FlowNode, type FlowPort, findPort } from './flow.ts';

/** An in port of a node, where messages arrive. */
export interface Stop {
  readonly node: FlowNode;
  readonly port: FlowPort;
}

/** Where messages go from ports of a flow. */
export class PortGraph {
  readonly nodes: readonly FlowNode[];
  readonly #byName: ReadonlyMap<string, FlowNode>;

  constructor(nodes: readonly FlowNode[]) {
    this.nodes = nodes;
    this.#byName = new Map(nodes.map((node) => [node.name, node]));
  }

  /** The in ports that the edges of an out port lead to; `undefined` for an end that is not known. */
  after(node: FlowNode, port: string): ReadonlyArray<Stop | undefined> {
    return node.edges.filter((edge) => edge.port === port).map(({ to, toPort }) => this.#stop(to, toPort));
  }

  /** The nodes that the edges of a node lead to. */
  neighbours(node: FlowNode): readonly FlowNode[] {
    return node.edges.map(({ to }) => this.#byName.get(to)).filter((target) => target !== undefined);
  }

  #stop(to: string, toPort: string): Stop | undefined {
    const node = this.#byName.get(to);
    const port = node === undefined ? undefined : findPort(node, toPort, 'in');
    return node === undefined || port === undefined ? undefined : { node, port };
  }
}

/** A stop as text, which also tells stops apart. */
export function stopText({ node, port }: Stop): string {
  return `${node.name}:${port.name}`;
}
