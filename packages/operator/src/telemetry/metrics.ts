import type { EngineMetrics, PortLabels, PortMeter } from '@tinysystems/engine';
import { type KubernetesMetrics, METRICS, type MetricDefinition } from '@tinysystems/kubernetes';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { processFigures } from './process-figures.ts';
import { type TransportMetrics, createTransportMetrics } from './transport-metrics.ts';

/** The process's metrics, in the shapes the packages below fill. */
export interface Metrics {
  readonly registry: Registry;
  readonly kubernetes: KubernetesMetrics;
  readonly engine: EngineMetrics;
  readonly transport: TransportMetrics;
}

const MESSAGE_BUCKETS_S = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];
const RECONCILE_BUCKETS_S = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

/** Makes the registry: process figures, the controller runtime's, and the engine's. */
export function createMetrics(): Metrics {
  const registry = Registry.merge([processFigures()]);
  return {
    registry,
    kubernetes: kubernetesMetrics(registry),
    engine: engineMetrics(registry),
    transport: createTransportMetrics(registry),
  };
}

type Labels = Readonly<Record<string, string>>;

function kubernetesMetrics(registry: Registry): KubernetesMetrics {
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  const gauges = new Map<string, GaugeReaders>();
  for (const [name, definition] of Object.entries<MetricDefinition>(METRICS)) {
    const options = {
      name,
      help: definition.help,
      labelNames: [...definition.labels],
      registers: [registry],
    };
    if (definition.type === 'counter') counters.set(name, new Counter(options));
    else if (definition.type === 'histogram')
      histograms.set(name, new Histogram({ ...options, buckets: RECONCILE_BUCKETS_S }));
    else gauges.set(name, new GaugeReaders(options));
  }
  return {
    increment: (name, labels: Labels, by = 1) => counters.get(name)?.inc(labels, by),
    observe: (name, labels: Labels, value) => histograms.get(name)?.observe(labels, value),
    gauge: (name, labels: Labels, read) => gauges.get(name)?.add(labels, read) ?? (() => undefined),
  };
}

/** A gauge that is read when it is scraped. */
class GaugeReaders {
  readonly #gauge: Gauge;
  readonly #readers = new Set<{ readonly labels: Labels; readonly read: () => number }>();

  constructor(options: {
    readonly name: string;
    readonly help: string;
    readonly labelNames: string[];
    readonly registers: Registry[];
  }) {
    const readers = this.#readers;
    this.#gauge = new Gauge({
      ...options,
      collect() {
        for (const { labels, read } of readers) this.set(labels, read());
      },
    });
  }

  add(labels: Labels, read: () => number): () => void {
    const reader = { labels, read };
    this.#readers.add(reader);
    return () => {
      this.#readers.delete(reader);
      this.#gauge.remove(labels);
    };
  }
}

function engineMetrics(registry: Registry): EngineMetrics {
  const duration = new Histogram({
    name: 'tiny_message_duration_seconds',
    help: 'Time a node took for a message, its downstream included',
    labelNames: ['node', 'component', 'port'],
    buckets: MESSAGE_BUCKETS_S,
    registers: [registry],
  });
  const failures = new Counter({
    name: 'tiny_message_failures_total',
    help: 'Messages that failed at a node, by kind of error',
    labelNames: ['node', 'component', 'port', 'kind'],
    registers: [registry],
  });
  const detached = new Counter({
    name: 'tiny_detached_failures_total',
    help: 'Messages that nobody waited for and that failed',
    labelNames: ['node', 'component', 'kind'],
    registers: [registry],
  });
  return {
    port: (labels: PortLabels): PortMeter => {
      const { node, component, port } = labels;
      const timer = duration.labels(node, component, port);
      return {
        handled(durationMs, failure) {
          timer.observe(durationMs / 1000);
          if (failure !== undefined) failures.inc({ node, component, port, kind: failure });
        },
      };
    },
    detachedFailed: ({ node, component }, kind) => detached.inc({ node, component, kind }),
  };
}
