import { METRICS } from '../src/metrics.ts';

/** Names and labels of controller-runtime and client-go, so that their dashboards and alerts work. */
const THEIRS = {
  controller_runtime_reconcile_total: ['controller', 'result'],
  controller_runtime_reconcile_errors_total: ['controller'],
  controller_runtime_terminal_reconcile_errors_total: ['controller'],
  controller_runtime_reconcile_panics_total: ['controller'],
  controller_runtime_reconcile_timeouts_total: ['controller'],
  controller_runtime_reconcile_time_seconds: ['controller'],
  controller_runtime_max_concurrent_reconciles: ['controller'],
  controller_runtime_active_workers: ['controller'],
  workqueue_depth: ['name'],
  workqueue_adds_total: ['name'],
  workqueue_queue_duration_seconds: ['name'],
  workqueue_work_duration_seconds: ['name'],
  workqueue_unfinished_work_seconds: ['name'],
  workqueue_longest_running_processor_seconds: ['name'],
  workqueue_retries_total: ['name'],
  leader_election_master_status: ['name'],
  leader_election_slowpath_total: ['name'],
  rest_client_requests_total: ['code', 'method', 'host'],
  rest_client_request_duration_seconds: ['verb', 'host'],
  rest_client_request_retries_total: ['code', 'verb', 'host'],
};

describe('METRICS', () => {
  it('has the names and labels of controller-runtime', () => {
    const ours = Object.entries(METRICS).map(([name, { labels }]) => [name, labels]);

    expect(Object.fromEntries(ours)).toMatchObject(THEIRS);
  });
});
