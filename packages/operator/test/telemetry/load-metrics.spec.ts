import { ByteBudget } from '@tinysystems/core';
import { Registry } from 'prom-client';
import { watchLoad } from '../../src/telemetry/load-metrics.ts';

describe('the metrics of the load', () => {
  it('tell how full the bounded places of the message path are when they are read', async () => {
    const budget = new ByteBudget();
    const scheduler = { load: { running: 0, waiting: 0, begun: 0 }, waitingForNodes: 0 };
    const registry = new Registry();
    watchLoad(registry, { scheduler, budget });
    budget.take(1000);
    scheduler.load = { running: 1, waiting: 2, begun: 3 };
    scheduler.waitingForNodes = 4;
    const metrics = await registry.getMetricsAsJSON();
    expect(Object.fromEntries(metrics.map(({ name, values }) => [name, values[0]?.value]))).toEqual({
      tiny_in_flight_bytes: 1000,
      tiny_messages_running: 1,
      tiny_messages_waiting: 2,
      tiny_messages_waiting_for_nodes: 4,
      tiny_chains_begun: 3,
    });
  });
});
