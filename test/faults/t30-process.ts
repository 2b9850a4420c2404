import { setTimeout as sleep } from 'node:timers/promises';
import type { Deliver, EdgeSpec, NodeSpec } from '@tinysystems/core';
import { systemClock } from '@tinysystems/core';
import { ComponentRegistry, NO_METRICS, Scheduler, createRouter } from '@tinysystems/engine';
import { startTracing } from '@tinysystems/operator';
import { component, input, output, reply, z } from '@tinysystems/sdk';
import { MemoryState } from '@tinysystems/testing';

/** What the process is told to do. */
export interface Round {
  readonly chains: number;
  readonly perSecond: number;
}

/** How a round went. */
export interface RoundResult {
  /** From when each chain was due to its end, milliseconds. */
  readonly latenciesMs: readonly number[];
  /** Since the start of the process. */
  readonly made: number;
  readonly waiting: number;
  readonly dropped: number;
}

const HOPS = 3;
/** What a flow waits for that does something. */
const WORK_MS = 2;

// Three nodes of one module, every chain of which is recorded; the collector is what the environment says.
const payload = z.object({ name: z.string(), text: z.string() });
const pass = component({
  name: 'pass',
  description: 'Passes a message on.',
  ports: { in: input(payload), out: output(payload) },
  on: { in: (message, ctx) => ctx.emit('out', message) },
});
const end = component({
  name: 'end',
  description: 'Answers.',
  ports: { in: input(payload) },
  on: {
    in: async (message) => {
      await sleep(WORK_MS);
      return reply({ greeting: `Hello, ${message.name}` });
    },
  },
});

const tracing = startTracing({
  module: 't30',
  version: '0.1.0',
  pod: 't30-0',
  env: { ...process.env, OTEL_TRACES_SAMPLER: 'always_on' },
});
const deliver: Deliver = (message, signal) => route(message, signal);
const scheduler = new Scheduler({
  components: new ComponentRegistry([pass, end]),
  deliver,
  createState: () => new MemoryState().replica(),
  tracer: tracing.tracer,
  metrics: NO_METRICS,
  clock: systemClock,
  random: Math.random,
  log: console,
  onChange: () => undefined,
  warn: () => undefined,
});
const route = createRouter({
  moduleName: 't30',
  directory: { moduleOf: () => 't30', whenKnown: () => Promise.resolve('t30') },
  tracer: tracing.tracer,
  local: scheduler.deliver,
  remote: () => Promise.reject(new Error('there is no other module')),
});
const { signal } = new AbortController();
let sent = 0;

await scheduler.apply(node('a', 'pass', [edge('b')]));
await scheduler.apply(node('b', 'pass', [edge('c')]));
await scheduler.apply(node('c', 'end', []));
process.on('message', (round: Round) => void play(round).then((result) => process.send?.(result)));
process.once('disconnect', () => process.exit());
process.send?.('ready');

/** Starts chains when they are due, whether the earlier ones have ended or not: what delays the loop is seen. */
async function play({ chains, perSecond }: Round): Promise<RoundResult> {
  const latencies: number[] = [];
  const running: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let index = 0; index < chains; index += 1) {
    const dueMs = startedMs + (index * 1000) / perSecond;
    while (performance.now() < dueMs) await new Promise((resolve) => setImmediate(resolve));
    running.push(send().then(() => void latencies.push(performance.now() - dueMs)));
  }
  await Promise.all(running);
  const { spanExport } = tracing;
  return {
    latenciesMs: latencies,
    made: sent * HOPS,
    waiting: spanExport?.waiting ?? 0,
    dropped: spanExport?.dropped ?? 0,
  };
}

async function send(): Promise<void> {
  sent += 1;
  await scheduler.deliver(
    {
      from: undefined,
      to: { node: 'a', port: 'in' },
      edgeId: undefined,
      data: { name: 'Ada', text: 'x'.repeat(200) },
      depth: 0,
      deadlineMs: Date.now() + 60_000,
      trace: undefined,
      passed: undefined,
    },
    signal,
  );
}

function edge(to: string): EdgeSpec {
  const configuration = { name: '{{$.name}}', text: '{{$.text}}' };
  return {
    id: `to-${to}`,
    port: 'out',
    to,
    toPort: 'in',
    configuration,
    onExpressionError: 'Fail',
    retry: undefined,
  };
}

function node(name: string, componentName: string, edges: readonly EdgeSpec[]): NodeSpec {
  return {
    name,
    namespace: 'default',
    uid: name,
    generation: 1,
    module: 't30',
    component: componentName,
    run: true,
    settings: {},
    ports: [],
    concurrency: { max: 64, queue: 1024 },
    edges,
    flow: 't30',
    project: undefined,
  };
}
