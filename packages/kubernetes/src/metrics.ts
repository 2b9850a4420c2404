/** One metric this package can report. */
export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/**
 * Every metric this package reports, to be registered once with a metrics library.
 * Names and labels are those of controller-runtime and client-go, so their dashboards work.
 */
export const METRICS = {
  controller_runtime_reconcile_total: counter('Reconciliations by result', 'controller', 'result'),
  controller_runtime_reconcile_errors_total: counter('Failed reconciliations', 'controller'),
  controller_runtime_terminal_reconcile_errors_total: counter('Failures that are not retried', 'controller'),
  controller_runtime_reconcile_panics_total: counter('Failures that are programming errors', 'controller'),
  controller_runtime_reconcile_timeouts_total: counter(
    'Reconciliations cut off by their timeout',
    'controller',
  ),
  controller_runtime_reconcile_time_seconds: histogram('Time of one reconciliation', 'controller'),
  controller_runtime_max_concurrent_reconciles: gauge('Workers of the controller', 'controller'),
  controller_runtime_active_workers: gauge('Workers that are reconciling now', 'controller'),
  workqueue_depth: gauge('Keys ready to be processed', 'name'),
  workqueue_adds_total: counter('Keys added', 'name'),
  workqueue_retries_total: counter('Keys added again after a failure', 'name'),
  workqueue_queue_duration_seconds: histogram('Time a key waits before it is processed', 'name'),
  workqueue_work_duration_seconds: histogram('Time a key is processed', 'name'),
  workqueue_unfinished_work_seconds: gauge('Sum of the ages of all work in progress', 'name'),
  workqueue_longest_running_processor_seconds: gauge('Age of the oldest work in progress', 'name'),
  leader_election_master_status: gauge('1 while this process holds the lease', 'name'),
  leader_election_slowpath_total: counter('Renewals that had to read the lease again', 'name'),
  rest_client_requests_total: counter('Requests by answer', 'code', 'method', 'host'),
  rest_client_request_duration_seconds: histogram('Time until the answer was read', 'verb', 'host'),
  rest_client_request_retries_total: counter('Requests sent again', 'code', 'verb', 'host'),
  reflector_lists_total: counter('Full lists', 'name'),
  reflector_watches_total: counter('Watches opened', 'name'),
  reflector_failures_total: counter('Ends of a list or watch that were not planned', 'name', 'reason'),
  informer_handler_errors_total: counter('Errors thrown by event handlers', 'name'),
  event_recorder_dropped_total: counter('Events not written, by reason', 'reason'),
} as const satisfies Record<string, MetricDefinition>;

/** The name of one metric in {@link METRICS}, of the given type. */
export type MetricName<Type extends MetricDefinition['type'] = MetricDefinition['type']> = {
  [Name in keyof typeof METRICS]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[keyof typeof METRICS];

/** The labels of one metric, all of them required. */
export type MetricLabels<Name extends MetricName> = Readonly<
  Record<(typeof METRICS)[Name]['labels'][number], string>
>;

/** Where this package reports what it does. Implementations must not throw. */
export interface KubernetesMetrics {
  /** Adds `by` (default 1) to a counter. */
  increment<Name extends MetricName<'counter'>>(name: Name, labels: MetricLabels<Name>, by?: number): void;
  /** Adds one observation, in the unit the metric is named after. */
  observe<Name extends MetricName<'histogram'>>(name: Name, labels: MetricLabels<Name>, value: number): void;
  /** Reads a gauge through `read` at every scrape, until the returned function is called. */
  gauge<Name extends MetricName<'gauge'>>(
    name: Name,
    labels: MetricLabels<Name>,
    read: () => number,
  ): () => void;
}

const ignore = (): void => undefined;

/** Reports nothing; the default wherever metrics are optional. */
export const noMetrics: KubernetesMetrics = { increment: ignore, observe: ignore, gauge: () => ignore };

interface Definition<Type extends MetricDefinition['type'], Label extends string> extends MetricDefinition {
  readonly type: Type;
  readonly labels: readonly Label[];
}

function counter<Label extends string>(help: string, ...labels: Label[]): Definition<'counter', Label> {
  return { type: 'counter', help, labels };
}

function gauge<Label extends string>(help: string, ...labels: Label[]): Definition<'gauge', Label> {
  return { type: 'gauge', help, labels };
}

function histogram<Label extends string>(help: string, ...labels: Label[]): Definition<'histogram', Label> {
  return { type: 'histogram', help, labels };
}
