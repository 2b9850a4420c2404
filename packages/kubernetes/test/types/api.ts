// Checked by the compiler only: what must not compile.
import { METRICS, noMetrics, resourceType } from '../../src/index.ts';
import type { KubeObject, MetricName, Client } from '../../src/index.ts';

interface Widget extends KubeObject {
  readonly spec: { readonly size: number };
}

const WIDGET = resourceType<Widget>({
  group: 'g',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
});
declare const client: Client;

export async function objectsKeepTheirType(): Promise<number> {
  const widget = await client.resource(WIDGET).get('a');
  // @ts-expect-error objects are read-only
  widget.spec.size = 2;
  // @ts-expect-error a widget has a spec
  await client.resource(WIDGET).create({ metadata: { name: 'a' } });
  return widget.spec.size;
}

export function metricsKnowTheirLabels(): void {
  noMetrics.increment('workqueue_adds_total', { name: 'a' });
  // @ts-expect-error the label is called name
  noMetrics.increment('workqueue_adds_total', { controller: 'a' });
  // @ts-expect-error this one is a gauge
  noMetrics.increment('workqueue_depth', { name: 'a' });
}

export const everyMetricHasHelp: Record<MetricName, { readonly help: string }> = METRICS;
