import type { ByteBudget } from '@tinysystems/core';
import type { Scheduler } from '@tinysystems/engine';
import { Gauge, type Registry } from 'prom-client';

/** What is looked at. */
export interface WatchLoadOptions {
  readonly scheduler: Pick<Scheduler, 'waitingForNodes'>;
  readonly budget: Pick<ByteBudget, 'bytes'>;
}

/** What there is to do at this moment, read when the metrics are: how full the bounded places of the message path are. */
export function watchLoad(registry: Registry, { scheduler, budget }: WatchLoadOptions): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
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
}
