import { httpRequest } from '../load/http-connection.ts';
import { type LoadResult, offer, saturate } from '../load/http-load.ts';
import { LoadedModule, type Worker } from '../load/loaded-module.ts';
import { type Benchmark, type Measured, lessIsBetter, quantile } from './result.ts';

const TIMES = 10;
const WARM_UP_MS = 3_000;
const STEADY_MS = 6_000;
const OVERLOAD_MS = 12_000;
const CLIENTS = 320;
const MAX_CONNECTIONS = 4_000;
const SAMPLE_MS = 100;
/** Some of those that the kernel has not handed over yet may still wait when the run is over. */
const MAX_BROKEN = MAX_CONNECTIONS / 10;

/** As when a database is asked: others run meanwhile, and there is a limit on how many ask at once. */
const WAITING: Worker = { name: 'waiting', waitMs: 200, concurrency: { max: 160, queue: 256 } };
/** As when something is computed: nothing else runs meanwhile. */
const COMPUTING: Worker = { name: 'computing', cpuMs: 2 };

/** What a flow still answers, and what its process takes, when ten times as much comes as it can answer. */
export const overload: Benchmark = {
  name: 'overload',
  async run() {
    await using module = await LoadedModule.start([WAITING, COMPUTING]);
    const rows: Measured[] = [];
    for (const { name } of [WAITING, COMPUTING]) rows.push(...(await measure(module, name)));
    return rows;
  },
};

async function measure(module: LoadedModule, worker: string): Promise<readonly Measured[]> {
  const load = { port: await module.portOf(worker), request: httpRequest() };
  await saturate({ ...load, durationMs: WARM_UP_MS, clients: CLIENTS });
  const steady = await watched(module, () => saturate({ ...load, durationMs: STEADY_MS, clients: CLIENTS }));
  const perSecond = TIMES * steady.result.goodput;
  const flooded = await watched(module, () =>
    offer({ ...load, durationMs: OVERLOAD_MS, perSecond, maxConnections: MAX_CONNECTIONS, drainMs: 30_000 }),
  );
  const { goodput, latenciesMs, broken } = flooded.result;
  if (broken > MAX_BROKEN) throw new Error(`${broken} connections ended without an answer`);
  return [
    {
      name: `overload-${worker}`,
      value: goodput,
      unit: 'requests/s',
      reference: `what it answers to ${CLIENTS} clients`,
      referenceValue: steady.result.goodput,
      ratio: goodput / steady.result.goodput,
      p50: quantile(latenciesMs, 0.5),
      p99: quantile(latenciesMs, 0.99),
    },
    lessIsBetter({
      name: `overload-${worker}-memory`,
      unit: 'MiB',
      value: flooded.maxRssMiB,
      reference: { name: `what it has with ${CLIENTS} clients`, value: steady.maxRssMiB },
    }),
  ];
}

/** Applies a load, and notes the most memory that the process had meanwhile. */
async function watched(
  module: LoadedModule,
  apply: () => Promise<LoadResult>,
): Promise<{ readonly result: LoadResult; readonly maxRssMiB: number }> {
  let maxRssMiB = 0;
  const timer = setInterval(() => {
    void module.rssMiB().then((rssMiB) => (maxRssMiB = Math.max(maxRssMiB, rssMiB)));
  }, SAMPLE_MS);
  try {
    const result = await apply();
    return { result, maxRssMiB };
  } finally {
    clearInterval(timer);
  }
}
