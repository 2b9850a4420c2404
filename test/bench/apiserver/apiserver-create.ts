import type { Benchmark } from '../result.ts';
import { compareServers } from './compare.ts';
import { NodeLoad } from './node-load.ts';

const ROUND_MS = 2_000;

/** TinyNodes created a second. */
export const apiserverCreate: Benchmark = {
  name: 'apiserver-create',
  run: () =>
    compareServers({ name: 'apiserver-create', unit: 'requests/s' }, async ({ config }) => {
      const load = await NodeLoad.open(config);
      return {
        latencies: load.latencies,
        round: () => load.rate(() => load.create(), ROUND_MS),
        [Symbol.asyncDispose]: () => load[Symbol.asyncDispose](),
      };
    }),
};
