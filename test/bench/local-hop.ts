import type { Deliver, EdgeSpec, Json, NodeSpec } from '@tinysystems/core';
import { ComponentRegistry, NO_METRICS, Scheduler, createRouter } from '@tinysystems/engine';
import { startTracing } from '@tinysystems/operator';
import { component, input, output, reply, z } from '@tinysystems/sdk';
import { MemoryState } from '@tinysystems/testing';
import { type Benchmark, type Measured, median, quantile } from './result.ts';

const IN_FLIGHT = 64;
const ROUND_MS = 1500;
const ROUNDS = 5;
/** From node to node in {@link createChain}. */
export const HOPS = 3;

/** Hops a second through three nodes of one module, with mapping and validation, 64 chains at once. */
export const localHop: Benchmark = {
  name: 'local-hop',
  async run() {
    await using chain = await createChain();
    const reference = createFunctionChain();
    await rateOf(chain.send, 500);
    await rateOf(reference, 500);
    const ours: number[] = [];
    const plain: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await rateOf(chain.send, ROUND_MS));
      plain.push(await rateOf(reference, ROUND_MS));
    }
    const latencies = await latenciesOf(chain.send);
    const [value, referenceValue] = [median(ours) * HOPS, median(plain) * HOPS];
    return [
      {
        name: 'local-hop',
        value,
        unit: 'hops/s',
        reference: 'a chain of three plain async functions that build the same objects',
        referenceValue,
        ratio: value / referenceValue,
        p50: quantile(latencies, 0.5) / HOPS,
        p99: quantile(latencies, 0.99) / HOPS,
      },
    ];
  },
};

/** The same chain with every hundredth, and with every one, recorded: spans with message and reply, kept in the ring. */
export const localHopTraced: Benchmark = {
  name: 'local-hop-traced',
  async run() {
    await using chain = await createChain();
    const one: Send = (index) => chain.send(index, index % 100 === 0);
    const all: Send = (index) => chain.send(index, true);
    const rates = { none: [] as number[], one: [] as number[], all: [] as number[] };
    for (const send of [chain.send, one, all]) await rateOf(send, 500);
    for (let round = 0; round < ROUNDS; round += 1) {
      rates.none.push(await rateOf(chain.send, ROUND_MS));
      rates.one.push(await rateOf(one, ROUND_MS));
      rates.all.push(await rateOf(all, ROUND_MS));
    }
    const referenceValue = median(rates.none) * HOPS;
    const row = async (name: string, send: Send, measured: readonly number[]): Promise<Measured> => {
      const value = median(measured) * HOPS;
      const latencies = await latenciesOf(send);
      return {
        name,
        value,
        unit: 'hops/s',
        reference: 'the same chain, nothing of it recorded',
        referenceValue,
        ratio: value / referenceValue,
        p50: quantile(latencies, 0.5) / HOPS,
        p99: quantile(latencies, 0.99) / HOPS,
      };
    };
    return [
      await row('local-hop-traced-1', one, rates.one),
      await row('local-hop-traced-100', all, rates.all),
    ];
  },
};

/** Sends one message, and waits for its answer. */
export type Send = (index: number) => Promise<unknown>;

const pass = component({
  name: 'pass',
  description: 'Passes a message on.',
  ports: {
    in: input(z.object({ context: z.object({ name: z.string(), index: z.number() }) })),
    out: output(z.object({ context: z.unknown() })),
  },
  on: { in: (message, ctx) => ctx.emit('out', { context: message.context }) },
});
const end = component({
  name: 'end',
  description: 'Answers.',
  ports: { in: input(z.object({ context: z.object({ name: z.string(), index: z.number() }) })) },
  on: { in: (message) => reply({ index: message.context.index }) },
});

/** Three nodes of one module, one after the other. */
export async function createChain() {
  const tracing = startTracing({ module: 'bench', version: '0.1.0', pod: 'bench', env: {} });
  const deliver: Deliver = (message, signal) => route(message, signal);
  const state = new MemoryState();
  const scheduler = new Scheduler({
    components: new ComponentRegistry([pass, end]),
    deliver,
    createState: () => state.replica(),
    tracer: tracing.tracer,
    metrics: NO_METRICS,
    clock: {
      now: Date.now,
      after: (ms, run) =>
        (clearTimeout as (timer: NodeJS.Timeout) => void).bind(undefined, setTimeout(run, ms)),
    },
    random: Math.random,
    log: console,
    onChange: () => undefined,
    warn: () => undefined,
  });
  const route = createRouter({
    moduleName: 'bench',
    directory: { moduleOf: () => 'bench', whenKnown: () => Promise.resolve('bench') },
    tracer: tracing.tracer,
    local: scheduler.deliver,
    remote: () => Promise.reject(new Error('there is no other module')),
  });
  const edge = (to: string): EdgeSpec => ({
    id: `to-${to}`,
    port: 'out',
    to,
    toPort: 'in',
    configuration: { context: { name: '{{$.context.name}}', index: '{{$.context.index}}' } },
    onExpressionError: 'Fail',
    retry: undefined,
  });
  await scheduler.apply(nodeSpec('a', 'pass', [edge('b')]));
  await scheduler.apply(nodeSpec('b', 'pass', [edge('c')]));
  await scheduler.apply(nodeSpec('c', 'end', []));
  const { signal } = new AbortController();
  const send = (index: number, isRecorded = false) =>
    scheduler.deliver(
      {
        from: undefined,
        to: { node: 'a', port: 'in' },
        edgeId: undefined,
        data: { context: { name: 'Ada', index } } satisfies Json,
        depth: 0,
        deadlineMs: Date.now() + 60_000,
        trace: {
          traceId: '0af7651916cd43dd8448eb211c80319c',
          spanId: 'b7ad6b7169203331',
          traceFlags: isRecorded ? 1 : 0,
        },
        passed: undefined,
      },
      signal,
    );
  const stop = async () => {
    await scheduler.stop();
    await tracing[Symbol.asyncDispose]();
  };
  return { send, [Symbol.asyncDispose]: stop };
}

function nodeSpec(name: string, component: string, edges: readonly EdgeSpec[]): NodeSpec {
  return {
    name,
    namespace: 'default',
    uid: name,
    generation: 1,
    module: 'bench',
    component,
    run: true,
    settings: {},
    ports: [],
    concurrency: { max: 64, queue: 1024 },
    edges,
    flow: 'bench',
    project: undefined,
  };
}

/** The reference: the least code that does the same with the same objects. */
function createFunctionChain(): Send {
  const last = async (message: { context: { name: string; index: number } }) => ({
    index: message.context.index,
  });
  const step =
    (next: (message: { context: { name: string; index: number } }) => Promise<unknown>) =>
    async (message: { context: { name: string; index: number } }) =>
      next({ context: { name: message.context.name, index: message.context.index } });
  const chain = step(step(last));
  return (index) => chain({ context: { name: 'Ada', index } });
}

/** Chains a second, with a fixed number in flight. */
export async function rateOf(send: Send, durationMs: number): Promise<number> {
  const startedMs = performance.now();
  let count = 0;
  const worker = async () => {
    while (performance.now() - startedMs < durationMs) {
      await send(count);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return (count / (performance.now() - startedMs)) * 1000;
}

/** How long single chains take, one after the other, milliseconds. */
export async function latenciesOf(send: Send): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (let index = 0; index < 50_000; index += 1) {
    const startedMs = performance.now();
    await send(index);
    latencies.push(performance.now() - startedMs);
  }
  return latencies;
}
