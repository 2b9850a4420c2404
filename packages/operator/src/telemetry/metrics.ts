import type { EngineMetrics } from '@tinysystems/engine';
import { type KubernetesMetrics, METRICS, type MetricDefinition } from '@tinysystems/kubernetes';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createNodeMetrics } from './node-metrics.ts';
import { processFigures } from './process-figures.ts';
import { type TransportMetrics, createTransportMetrics } from './transport-metrics.ts';

/** The process's metrics, in the shapes the packages below fill. */
export interface Metrics {
  readonly registry: Registry;
  readonly kubernetes: KubernetesMetrics;
  readonly engine: EngineMetrics;
  readonly transport: TransportMetrics;
}

const RECONCILE_BUCKETS_S = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

/** Makes the registry: process figures, the controller runtime's, and the engine's. */
export function createMetrics(): Metrics {
  const registry = Registry.merge([processFigures()]);
  return {
    registry,
    kubernetes: kubernetesMetrics(registry),
    engine: createNodeMetrics(registry),
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
