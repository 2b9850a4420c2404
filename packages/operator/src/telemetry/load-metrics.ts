import type { ByteBudget } from '@tinysystems/core';
import type { Scheduler } from '@tinysystems/engine';
import type { ClientPool } from '@tinysystems/transport';
import type { Registry } from 'prom-client';
import type { EdgeGuard } from '../edge-guard.ts';
import type { CachedNodeDirectory } from '../resources/node-directory.ts';
import { liveGauges } from './live-gauges.ts';

/** What is looked at. */
export interface WatchLoadOptions {
  readonly scheduler: Pick<Scheduler, 'waitingForNodes'>;
  readonly budget: Pick<ByteBudget, 'bytes'>;
  readonly pool: Pick<ClientPool, 'waitingForModules' | 'waitingCalls' | 'callsInFlight'>;
  readonly directory: Pick<CachedNodeDirectory, 'waiting'>;
}

/** What there is to do at this moment, read when the metrics are: how full the bounded places of the message path are. */
export function watchLoad(
  registry: Registry,
  { scheduler, budget, pool, directory }: WatchLoadOptions,
): void {
  const gauge = liveGauges(registry);
  gauge(
    'tiny_in_flight_bytes',
    'What has entered this process and is not answered yet, of 64 MiB',
    () => budget.bytes,
  );
  gauge(
    'tiny_messages_waiting_for_nodes',
    'Messages that wait for a node to become ready, of 10,000',
    () => scheduler.waitingForNodes,
  );
  gauge(
    'tiny_messages_waiting_for_unknown_nodes',
    'Messages that wait for a TinyNode to appear, of 10,000',
    () => directory.waiting,
  );
  gauge(
    'tiny_messages_waiting_for_modules',
    'Messages that wait for a module to have a replica, of 10,000',
    () => pool.waitingForModules,
  );
  gauge(
    'tiny_calls_waiting',
    'Calls to other modules that wait to be written, of 4096 for each replica',
    () => pool.waitingCalls,
  );
  gauge('tiny_calls_in_flight', 'Calls to other modules that have not ended', () => pool.callsInFlight);
}

/** The same of messages that came from other modules and wait until this replica knows their edge. */
export function watchEdgeWaits(registry: Registry, guard: Pick<EdgeGuard, 'waiting'>): void {
  liveGauges(registry)(
    'tiny_messages_waiting_for_edges',
    'Messages of other modules that wait for their edge to be known, of 1024',
    () => guard.waiting,
  );
}
