import type { ApiServer } from './api-server.ts';
import { startEmbeddedServer } from './embedded-server.ts';
import { startRealServer } from './real-server.ts';
import { type Measured, median, quantile } from '../result.ts';

/** One measurement on one server, which can be taken again. */
export interface Probe extends AsyncDisposable {
  /** What was done a second. */
  round(): Promise<number>;
  /** Milliseconds of single requests or events. */
  readonly latencies: number[];
}

const ROUNDS = 5;

/** Takes a measurement on the control plane and on a real server in turns; the first round of each only warms up. */
export async function compareServers(
  row: Pick<Measured, 'name' | 'unit'>,
  open: (server: ApiServer) => Promise<Probe>,
): Promise<readonly Measured[]> {
  await using opened = new AsyncDisposableStack();
  const real = await startRealServer();
  const probes: Probe[] = [];
  for (const server of [await startEmbeddedServer(), ...(real === undefined ? [] : [real])]) {
    opened.use(server);
    probes.push(opened.use(await open(server)));
  }
  const rates = probes.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [index, probe] of probes.entries()) {
      const rate = await probe.round();
      if (round > 0) rates[index]?.push(rate);
      else probe.latencies.length = 0;
    }
  }
  const [value = Number.NaN, referenceValue = null] = rates.map(median);
  const latencies = probes[0]?.latencies ?? [];
  return [
    {
      ...row,
      value,
      reference: referenceValue === null ? null : 'kube-apiserver 1.20.2 with etcd',
      referenceValue,
      ratio: referenceValue === null ? null : value / referenceValue,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
    },
  ];
}
