import type { Benchmark } from '../result.ts';
import { compareServers } from './compare.ts';
import { NodeLoad } from './node-load.ts';

const ROUND_MS = 2_000;
const NODES = 200;

/** TinyNodes replaced a second, each from the version that was read last. */
export const apiserverUpdate: Benchmark = {
  name: 'apiserver-update',
  run: () =>
    compareServers({ name: 'apiserver-update', unit: 'requests/s' }, async ({ config }) => {
      const load = await NodeLoad.open(config);
      await load.prepare(NODES);
      return {
        latencies: load.latencies,
        round: () => load.rate(() => load.update(), ROUND_MS),
        [Symbol.asyncDispose]: () => load[Symbol.asyncDispose](),
      };
    }),
};
