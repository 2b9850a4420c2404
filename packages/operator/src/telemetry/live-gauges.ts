import { Gauge, type Registry } from 'prom-client';

/** Adds a gauge. @param read - asked when somebody scrapes. */
export type AddGauge = (name: string, help: string, read: () => number) => void;

/** Gauges whose values are read when the metrics are. */
export function liveGauges(registry: Registry): AddGauge {
  return (name, help, read) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
}
