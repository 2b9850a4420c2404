import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { ClusterConfig } from '@tinysystems/kubernetes';
import { eventually } from '@tinysystems/testing';
import type { Benchmark } from '../result.ts';
import { compareServers } from './compare.ts';
import { NodeLoad } from './node-load.ts';

const ROUND_MS = 2_000;
const NODES = 200;
const WATCHERS = 20;
const SINGLE_CHANGES = 20;
/** Servers cut off a watcher that is too far behind: then the writers wait. */
const MAX_BEHIND = 50;
const CATCH_UP_MS = 60_000;

/** Events that 20 watchers receive a second; p50 and p99: from a change to the last watcher that has it. */
export const apiserverWatchFanout: Benchmark = {
  name: 'apiserver-watch-fanout',
  run: () =>
    compareServers({ name: 'apiserver-watch-fanout', unit: 'events/s' }, async ({ config }) => {
      const load = await NodeLoad.open(config);
      await load.prepare(NODES);
      const { metadata } = await load.nodes.list();
      const watches = await Promise.all(
        Array.from({ length: WATCHERS }, () => openWatch(config, metadata.resourceVersion)),
      );
      let changes = 0;
      const everyoneHas = (count: number) =>
        eventually(() => watches.every((watch) => watch.events >= count), {
          timeoutMs: CATCH_UP_MS,
          intervalMs: 1,
        });
      const change = async (): Promise<void> => {
        await load.update();
        changes += 1;
        await everyoneHas(changes - MAX_BEHIND);
      };
      const latencies: number[] = [];
      return {
        latencies,
        async round() {
          const [startedMs, before] = [performance.now(), changes];
          await load.rate(change, ROUND_MS);
          await everyoneHas(changes);
          const rate = ((changes - before) * WATCHERS * 1000) / (performance.now() - startedMs);
          for (let index = 0; index < SINGLE_CHANGES; index += 1) {
            const sentMs = performance.now();
            await change();
            await everyoneHas(changes);
            latencies.push(performance.now() - sentMs);
          }
          return rate;
        },
        async [Symbol.asyncDispose]() {
          for (const watch of watches) watch.close();
          await load[Symbol.asyncDispose]();
        },
      };
    }),
};

interface CountingWatch {
  readonly events: number;
  close(): void;
}

/** Counts events by their ends of line: to read them as well would measure this process. */
async function openWatch(config: ClusterConfig, resourceVersion: string): Promise<CountingWatch> {
  const path = '/apis/operator.tinysystems.io/v1alpha1/namespaces/default/tinynodes';
  const outgoing = request(`${config.server}${path}?watch=true&resourceVersion=${resourceVersion}`, {
    agent: false,
    rejectUnauthorized: false,
    headers: { Authorization: await config.authorization() },
  });
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const watch = { events: 0, close: () => outgoing.destroy() };
  incoming.on('error', () => outgoing.destroy());
  incoming.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) watch.events += 1;
  });
  return watch;
}
