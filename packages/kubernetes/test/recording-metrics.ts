import type { KubernetesMetrics } from '../src/metrics.ts';

/** Metrics a test can read. */
export class RecordingMetrics implements KubernetesMetrics {
  readonly #counts = new Map<string, number>();
  readonly #gauges = new Map<string, () => number>();

  increment(name: string, labels: Readonly<Record<string, string>>, by = 1): void {
    const id = idOf(name, labels);
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + by);
  }

  observe(name: string, labels: Readonly<Record<string, string>>): void {
    this.increment(`${name}_count`, labels);
  }

  gauge(name: string, labels: Readonly<Record<string, string>>, read: () => number): () => void {
    const id = idOf(name, labels);
    this.#gauges.set(id, read);
    return () => this.#gauges.delete(id);
  }

  /** The sum of all counters of that name whose labels contain `labels`. */
  count(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const found = [...this.#counts].filter(
      ([id]) => id.startsWith(`${name}{`) && wanted.every((part) => id.includes(part)),
    );
    return found.reduce((sum, [, count]) => sum + count, 0);
  }

  read(name: string, labels: Readonly<Record<string, string>>): number | undefined {
    return this.#gauges.get(idOf(name, labels))?.();
  }
}

function idOf(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`;
}
