import { ByteBudget } from '@tinysystems/core';
import { Registry } from 'prom-client';
import { watchLoad } from '../../src/telemetry/load-metrics.ts';

describe('the metrics of the load', () => {
  it('tell how full the bounded places of the message path are when they are read', async () => {
    const budget = new ByteBudget();
    const scheduler = { waitingForNodes: 0 };
    const registry = new Registry();
    watchLoad(registry, { scheduler, budget });
    budget.take(1000);
    scheduler.waitingForNodes = 4;
    const metrics = await registry.getMetricsAsJSON();
    expect(Object.fromEntries(metrics.map(({ name, values }) => [name, values[0]?.value]))).toEqual({
      tiny_in_flight_bytes: 1000,
      tiny_messages_waiting_for_nodes: 4,
    });
  });
});
