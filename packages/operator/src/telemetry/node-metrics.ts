import type { ErrorKind } from '@tinysystems/core';
import type {
  EdgeMeter,
  EngineMetrics,
  NodeGauges,
  NodeLabels,
  NodeMeter,
  PortMeter,
} from '@tinysystems/engine';
import type { Metric, Registry } from 'prom-client';
import { CappedSeries } from './capped-series.ts';

/** So many nodes, ports and edges have series of their own; those beyond share one whose labels say `other`. */
export const MAX_SERIES = 1000;
const OTHER = 'other';

const BUCKETS_S = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

type Labels = Readonly<Record<string, string | number>>;

interface Value {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

/** Makes the metrics of nodes: counted in plain numbers, written out when somebody scrapes. */
export function createNodeMetrics(registry: Registry, maxSeries = MAX_SERIES): EngineMetrics {
  const nodes = new CappedSeries(maxSeries, () => new NodeCounts({ node: OTHER, component: OTHER }));
  const ports = new CappedSeries(
    maxSeries,
    () => new PortCounts({ node: OTHER, component: OTHER, port: OTHER }),
  );
  const edges = new CappedSeries(maxSeries, () => new EdgeCounts({ node: OTHER, edge: OTHER }));
  const family = (
    name: string,
    type: 'counter' | 'gauge' | 'histogram',
    help: string,
    values: () => Value[],
  ) => registry.registerMetric(collected({ name, type, help, values }));

  family(
    'tiny_message_duration_seconds',
    'histogram',
    'Time a node took for a message, its downstream included',
    () => ports.all().flatMap((port) => port.durations()),
  );
  family('tiny_message_failures_total', 'counter', 'Messages that failed at a node, by kind of error', () =>
    ports.all().flatMap((port) => port.failures()),
  );
  family(
    'tiny_messages_refused_total',
    'counter',
    'Messages that a node refused before it handled them',
    () => ports.all().flatMap((port) => port.refusals()),
  );
  family('tiny_node_messages_in_work', 'gauge', 'Messages that a node has not ended', () =>
    nodes.all().map(({ labels, gauges }) => ({ labels, value: sum(gauges, (gauge) => gauge.inWork()) })),
  );
  family('tiny_node_messages_waiting', 'gauge', 'Messages that wait for a slot of a node', () =>
    nodes.all().map(({ labels, gauges }) => ({ labels, value: sum(gauges, (gauge) => gauge.waiting()) })),
  );
  family(
    'tiny_chains_begun',
    'gauge',
    'Chains that no message started and that have not ended, such as those of HTTP requests',
    () => nodes.all().map(({ labels, gauges }) => ({ labels, value: sum(gauges, (gauge) => gauge.begun()) })),
  );
  family('tiny_detached_failures_total', 'counter', 'Messages that nobody waited for and that failed', () =>
    nodes.all().flatMap((node) => node.detached.values(node.labels)),
  );
  family('tiny_edge_sends_total', 'counter', 'Messages sent down an edge that have ended', () =>
    edges.all().map((edge) => ({ labels: edge.labels, value: edge.sends })),
  );
  family(
    'tiny_edge_failures_total',
    'counter',
    'Messages sent down an edge that failed, by kind of error',
    () => edges.all().flatMap((edge) => edge.failures.values(edge.labels)),
  );

  return {
    node: (labels, gauges) => new NodeSeries({ labels, gauges, nodes, ports, edges }),
  };
}

interface NodeSeriesOptions {
  readonly labels: NodeLabels;
  readonly gauges: NodeGauges;
  readonly nodes: CappedSeries<NodeCounts>;
  readonly ports: CappedSeries<PortCounts>;
  readonly edges: CappedSeries<EdgeCounts>;
}

/** The series of one node, while it lives. */
class NodeSeries implements NodeMeter {
  readonly #options: NodeSeriesOptions;
  readonly #counts: NodeCounts;
  #ports: readonly string[] = [];
  #edges: readonly string[] = [];

  constructor(options: NodeSeriesOptions) {
    const { labels, gauges, nodes } = options;
    this.#options = options;
    this.#counts = nodes.open(labels.node, () => new NodeCounts(labels));
    this.#counts.gauges.add(gauges);
  }

  port(name: string): PortMeter {
    const { labels, ports } = this.#options;
    const { node, component } = labels;
    if (!this.#ports.includes(name)) this.#ports = [...this.#ports, name];
    return ports.open(`${node}:${name}`, () => new PortCounts({ node, component, port: name }));
  }

  edge(id: string): EdgeMeter {
    const { labels, edges } = this.#options;
    if (!this.#edges.includes(id)) this.#edges = [...this.#edges, id];
    return edges.open(`${labels.node}:${id}`, () => new EdgeCounts({ node: labels.node, edge: id }));
  }

  endEdge(id: string): void {
    this.#edges = this.#edges.filter((edge) => edge !== id);
    this.#options.edges.end(`${this.#options.labels.node}:${id}`);
  }

  detachedFailed(kind: ErrorKind): void {
    this.#counts.detached.count(kind);
  }

  end(): void {
    const { labels, gauges, nodes, ports } = this.#options;
    this.#counts.gauges.delete(gauges);
    nodes.end(labels.node);
    for (const name of this.#ports) ports.end(`${labels.node}:${name}`);
    for (const id of this.#edges) this.endEdge(id);
  }
}

class NodeCounts {
  readonly labels: Labels;
  readonly gauges = new Set<NodeGauges>();
  readonly detached = new KindCounts();

  constructor(labels: NodeLabels) {
    this.labels = { ...labels };
  }
}

class PortCounts implements PortMeter {
  readonly #labels: Labels;
  readonly #buckets = new Array<number>(BUCKETS_S.length + 1).fill(0);
  readonly #failures = new KindCounts();
  readonly #refusals = new KindCounts();
  #sumMs = 0;

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  handled(durationMs: number, failure: ErrorKind | undefined): void {
    this.#sumMs += durationMs;
    const seconds = durationMs / 1000;
    let bucket = 0;
    while (bucket < BUCKETS_S.length && seconds > (BUCKETS_S[bucket] as number)) bucket += 1;
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1;
    if (failure !== undefined) this.#failures.count(failure);
  }

  refused(failure: ErrorKind): void {
    this.#refusals.count(failure);
  }

  /** As Prometheus wants a histogram: each bucket holds all below it. */
  durations(): readonly Value[] {
    const name = 'tiny_message_duration_seconds';
    let count = 0;
    const buckets = this.#buckets.map((own, index) => {
      count += own;
      const le = BUCKETS_S[index] ?? '+Inf';
      return { metricName: `${name}_bucket`, labels: { ...this.#labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: this.#labels, value: this.#sumMs / 1000 },
      { metricName: `${name}_count`, labels: this.#labels, value: count },
    ];
  }

  failures(): readonly Value[] {
    return this.#failures.values(this.#labels);
  }

  refusals(): readonly Value[] {
    return this.#refusals.values(this.#labels);
  }
}

class EdgeCounts implements EdgeMeter {
  readonly labels: Labels;
  readonly failures = new KindCounts();
  sends = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  sent(failure: ErrorKind | undefined): void {
    this.sends += 1;
    if (failure !== undefined) this.failures.count(failure);
  }
}

class KindCounts {
  /** Made with the first one: most never fail. */
  #counts: Map<ErrorKind, number> | undefined;

  count(kind: ErrorKind): void {
    this.#counts ??= new Map();
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  values(labels: Labels): readonly Value[] {
    return [...(this.#counts ?? [])].map(([kind, value]) => ({ labels: { ...labels, kind }, value }));
  }
}

function sum<T>(parts: Iterable<T>, valueOf: (part: T) => number): number {
  let total = 0;
  for (const part of parts) total += valueOf(part);
  return total;
}

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly values: () => readonly Value[];
}

/** A metric that is made up when it is scraped: what a registry needs of one is its name and `get`. */
function collected({ name, type, help, values }: Family): Metric {
  const get = async () => ({ name, help, type, values: values(), aggregator: 'sum' });
  return { name, help, get } as unknown as Metric;
}
