import type { NodeFinding } from './finding.ts';
import { type PortGraph, type Stop, stopText } from './port-graph.ts';

/**
 * Finds circles that nothing but a failure ends: every in port on the way says that it emits each message on a port
 * whose edges lead on within the circle (`emits`). A circle with a component that decides, or that does not say, may
 * have a stop and is not found.
 */
export function findCycles(graph: PortGraph): readonly NodeFinding[] {
  const endless = endlessStops(graph);
  const told = new Set<string>();
  return [...endless.values()].flatMap((stop) => {
    const circle = circleFrom(stop, endless);
    const key = circle.toSorted().join(' ');
    if (told.has(key)) return [];
    told.add(key);
    const [first = ''] = circle;
    return [
      {
        ...{ state: 'invalid', code: 'CycleWithoutStop', path: [] },
        node: first.slice(0, first.lastIndexOf(':')),
        expected: 'a circle with a way out, such as a router',
        found: [...circle, first].join(' → '),
        reason: 'every message runs in it until its depth limit fails it',
      },
    ];
  });
}

/** A stop from which messages go on for ever, and one that they surely go to next. */
interface Endless {
  readonly stop: Stop;
  readonly next: string;
}

/** All stops with `emits`, less and less those from which some emission leads to no such stop. */
function endlessStops(graph: PortGraph): ReadonlyMap<string, Endless> {
  const endless = new Map<string, Endless>();
  for (const node of graph.nodes) {
    for (const port of node.ports)
      if (port.direction === 'in' && port.emits !== undefined && port.emits.length > 0)
        endless.set(stopText({ node, port }), { stop: { node, port }, next: '' });
  }
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (const [key, { stop }] of endless) {
      const next = surelyNext(stop, graph, endless);
      if (next === undefined) {
        endless.delete(key);
        isChanged = true;
      } else endless.set(key, { stop, next });
    }
  }
  return endless;
}

function surelyNext(
  { node, port }: Stop,
  graph: PortGraph,
  endless: ReadonlyMap<string, Endless>,
): string | undefined {
  const nexts = (port.emits ?? []).map((name) =>
    graph
      .after(node, name)
      .map((stop) => (stop === undefined ? '' : stopText(stop)))
      .find((key) => endless.has(key)),
  );
  return nexts.includes(undefined) ? undefined : nexts[0];
}

function circleFrom({ stop }: Endless, endless: ReadonlyMap<string, Endless>): readonly string[] {
  const way: string[] = [];
  let at = stopText(stop);
  while (!way.includes(at)) {
    way.push(at);
    at = endless.get(at)?.next ?? at;
  }
  return way.slice(way.indexOf(at));
}
