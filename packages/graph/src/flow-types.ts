import { emittedType, carryingPorts } from './carried.ts';
import { type EdgeVerdict, checkEdge } from './check-edge.ts';
import { type FlowNode, findPort } from './flow.ts';
import { type Type, anyType } from './type.ts';

/**
 * Checks every edge of a flow, and lets types flow along the edges: what a node's edges send decides what the
 * configurable fields of the nodes after it carry. Where edges run in a circle, what comes around is not known.
 */
export function checkEdges(nodes: readonly FlowNode[]): readonly EdgeVerdict[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const nodeNames = [...byName.keys()];
  const arrivals = new Arrivals(nodes);
  const verdicts = new Map<FlowNode, readonly EdgeVerdict[]>();
  for (const from of inOrder(nodes)) {
    const checked = from.edges.map((edge) => {
      const port = findPort(from, edge.port, 'out');
      const emitted =
        port === undefined ? undefined : emittedType(from, port, (name) => arrivals.at(from.name, name));
      const target = byName.get(edge.to);
      const { verdict, sent } = checkEdge(edge, { from, target, nodeNames, emitted });
      arrivals.add(edge, sent);
      return verdict;
    });
    verdicts.set(from, checked);
  }
  return nodes.flatMap((node) => verdicts.get(node) ?? []);
}

type To = Pick<FlowNode['edges'][number], 'to' | 'toPort'>;

/** What edges have been found to send to each in port. */
class Arrivals {
  readonly #expected = new Map<string, number>();
  readonly #sent = new Map<string, Type[]>();

  constructor(nodes: readonly FlowNode[]) {
    for (const edge of nodes.flatMap(({ edges }) => edges)) {
      const key = keyOf(edge.to, edge.toPort);
      this.#expected.set(key, (this.#expected.get(key) ?? 0) + 1);
    }
  }

  add({ to, toPort }: To, sent: Type): void {
    const key = keyOf(to, toPort);
    const before = this.#sent.get(key);
    if (before === undefined) this.#sent.set(key, [sent]);
    else before.push(sent);
  }

  at(node: string, port: string): readonly Type[] {
    const key = keyOf(node, port);
    const sent = this.#sent.get(key) ?? [];
    const isComplete = sent.length === (this.#expected.get(key) ?? 0);
    return isComplete ? sent : [...sent, anyType('it comes around in a circle')];
  }
}

function keyOf(node: string, port: string): string {
  return `${node}:${port}`;
}

/** Every node after those whose edges decide what it carries, as far as they do not run in a circle. */
function inOrder(nodes: readonly FlowNode[]): readonly FlowNode[] {
  const carrying = new Map(nodes.map((node) => [node.name, new Set(carryingPorts(node))]));
  const followers = new Map<FlowNode, FlowNode[]>();
  const waitingFor = new Map<FlowNode, number>(nodes.map((node) => [node, 0]));
  const byName = new Map(nodes.map((node) => [node.name, node]));
  for (const from of nodes) {
    for (const { to, toPort } of from.edges) {
      const target = byName.get(to);
      if (target === undefined || carrying.get(to)?.has(toPort) !== true) continue;
      followers.set(from, [...(followers.get(from) ?? []), target]);
      waitingFor.set(target, (waitingFor.get(target) ?? 0) + 1);
    }
  }
  const ordered = new Set<FlowNode>();
  const visit = (first: FlowNode): void => {
    const ready = [first];
    for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
      if (ordered.has(node)) continue;
      ordered.add(node);
      for (const follower of followers.get(node) ?? []) {
        const left = (waitingFor.get(follower) ?? 0) - 1;
        waitingFor.set(follower, left);
        if (left === 0) ready.push(follower);
      }
    }
  };
  for (const node of nodes) if (waitingFor.get(node) === 0) visit(node);
  for (const node of nodes) visit(node); // what is left runs in a circle
  return [...ordered];
}
