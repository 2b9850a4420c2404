import { type ByteBudget, compiledSchemas } from '@tinysystems/core';
import type { Scheduler } from '@tinysystems/engine';
import type { ClientPool, ModuleServer } from '@tinysystems/transport';
import type { Registry } from 'prom-client';
import type { EdgeGuard } from '../edge-guard.ts';
import type { SignalReconciler } from '../reconcilers/signal-reconciler.ts';
import type { CachedNodeDirectory } from '../resources/node-directory.ts';
import type { NodeSecrets } from '../resources/node-secrets.ts';
import { liveGauges } from './live-gauges.ts';

/** What is looked at. */
export interface WatchLoadOptions {
  readonly scheduler: Pick<Scheduler, 'waitingForNodes'>;
  readonly budget: Pick<ByteBudget, 'bytes'>;
  readonly pool: Pick<ClientPool, 'waitingForModules' | 'waitingCalls' | 'callsInFlight'>;
  readonly directory: Pick<CachedNodeDirectory, 'waiting'>;
  readonly secrets: Pick<NodeSecrets, 'count'>;
}

/** What there is to do at this moment, read when the metrics are: how full the bounded places of the message path are. */
export function watchLoad(
  registry: Registry,
  { scheduler, budget, pool, directory, secrets }: WatchLoadOptions,
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
  gauge('tiny_secrets_followed', 'Secrets that settings of nodes refer to, of 100', () => secrets.count);
  gauge('tiny_schemas_compiled', 'Schemas whose checks are kept compiled, of 2000', compiledSchemas);
}

/** The same of what comes from other modules. */
export function watchIntake(
  registry: Registry,
  guard: Pick<EdgeGuard, 'waiting'>,
  server: Pick<ModuleServer, 'unreadReplyBytes'>,
): void {
  const gauge = liveGauges(registry);
  gauge(
    'tiny_messages_waiting_for_edges',
    'Messages of other modules that wait for their edge to be known, of 1024',
    () => guard.waiting,
  );
  gauge(
    'tiny_replies_unread_bytes',
    'What other modules have not taken of the replies to them, of 64 MiB for each connection',
    () => server.unreadReplyBytes,
  );
}

/** The same of TinySignals, which the leader delivers. */
export function watchSignals(
  registry: Registry,
  signals: Pick<SignalReconciler, 'delivering' | 'waiting'>,
): void {
  const gauge = liveGauges(registry);
  gauge('tiny_signals_delivering', 'TinySignals that are being delivered, of 256', () => signals.delivering);
  gauge('tiny_signals_waiting', 'TinySignals that wait for their turn', () => signals.waiting);
}
