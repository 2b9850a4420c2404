import { ByteBudget, compiledSchemas } from '@tinysystems/core';
import { Registry } from 'prom-client';
import { watchIntake, watchLoad, watchSignals } from '../../src/telemetry/load-metrics.ts';

describe('the metrics of the load', () => {
  it('tell how full the bounded places of the message path are when they are read', async () => {
    const budget = new ByteBudget();
    const scheduler = { waitingForNodes: 0 };
    const registry = new Registry();
    const pool = { waitingForModules: 5, waitingCalls: 6, callsInFlight: 9 };
    const directory = { waiting: 7 };
    const guard = { waiting: 8 };
    watchLoad(registry, { scheduler, budget, pool, directory, secrets: { count: 3 } });
    watchIntake(registry, guard, { unreadReplyBytes: 2000 });
    watchSignals(registry, { delivering: 1, waiting: 2 });
    budget.take(1000);
    scheduler.waitingForNodes = 4;
    const metrics = await registry.getMetricsAsJSON();
    expect(Object.fromEntries(metrics.map(({ name, values }) => [name, values[0]?.value]))).toEqual({
      tiny_in_flight_bytes: 1000,
      tiny_messages_waiting_for_nodes: 4,
      tiny_messages_waiting_for_modules: 5,
      tiny_calls_waiting: 6,
      tiny_calls_in_flight: 9,
      tiny_messages_waiting_for_unknown_nodes: 7,
      tiny_messages_waiting_for_edges: 8,
      tiny_replies_unread_bytes: 2000,
      tiny_secrets_followed: 3,
      tiny_schemas_compiled: compiledSchemas(),
      tiny_signals_delivering: 1,
      tiny_signals_waiting: 2,
    });
  });
});
