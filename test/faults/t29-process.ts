// Two modules in one process, started and stopped together again and again; tells what they leave behind.
import { createHook } from 'node:async_hooks';
import { type OperatorOptions, runOperator } from '@tinysystems/operator';
import { component, input, output, reply, statefulComponent, z } from '@tinysystems/sdk';
import { eventually } from '@tinysystems/testing';

/** What there is in the process at one moment, garbage collected. */
export interface Remains {
  /** What keeps or could keep the event loop busy, timers included, by type. */
  readonly handles: Readonly<Record<string, number>>;
  /** By event. */
  readonly listeners: Readonly<Record<string, number>>;
  readonly heapBytes: number;
}

/** What came of it. */
export interface Outcome {
  readonly asked: number;
  readonly before: Remains;
  readonly after: Remains;
}

/** Rounds after which everything that is made once for the process has been made. */
const WARM_UP_ROUNDS = 2;
/** These are over by themselves, and none of them waits for anything. */
const FLEETING = new Set(['PROMISE', 'TickObject', 'Immediate', 'Microtask', 'RANDOMBYTESREQUEST']);

const alive = new Map<number, string>();
createHook({
  init: (id, type) => void (FLEETING.has(type) || alive.set(id, type)),
  destroy: (id) => void alive.delete(id),
}).enable();

const [, , kubeconfig = '', rounds = '1'] = process.argv;
let asked = 0;
let onAsked: () => void = () => undefined;

const alpha = statefulComponent({
  name: 'asks',
  description: 'Asks as soon as it can.',
  ports: { out: output(z.object({}), { reply: z.string() }) },
  create: (node) => ({
    on: {},
    background: {
      placement: 'everyReplica',
      async run() {
        await node.request('out', {});
        asked += 1;
        onAsked();
      },
    },
  }),
});
const beta = component({
  name: 'answers',
  description: 'Answers.',
  ports: { in: input(z.object({})) },
  on: { in: () => reply('yes') },
});

for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await startAndStop();
const before = await remains();
asked = 0;
for (let round = 0; round < Number(rounds); round += 1) await startAndStop();
const after = await settled(before);
process.send?.({ asked, before, after } satisfies Outcome);

async function startAndStop(): Promise<void> {
  const stop = new AbortController();
  const isAsked = new Promise<void>((resolve) => (onAsked = resolve));
  const modules = [
    { name: 'alpha', components: [alpha] },
    { name: 'beta', components: [beta] },
  ].map((module) => run({ ...module, version: '0.1.0', sdkVersion: '0.1.0' }, stop.signal));
  await Promise.race([isAsked, Promise.all(modules)]);
  stop.abort(new Error('the round is over'));
  for (const code of await Promise.all(modules))
    if (code !== 0) throw new Error(`a module ended with ${code}`);
}

function run(module: OperatorOptions, stop: AbortSignal): Promise<number> {
  const local = '127.0.0.1:0';
  return runOperator(module, {
    argv: [
      ...['run', '--namespace', 'default', '--kubeconfig', kubeconfig, '--log-level', 'error'],
      ...['--grpc-server-bind-address', local, '--health-probe-bind-address', local],
      ...['--metrics-bind-address', local, '--diagnostics-bind-address', local],
    ],
    env: { POD_NAME: `${module.name}-0` },
    write: () => undefined,
    writeError: (text) => process.stderr.write(text),
    stop,
    onUncaught: () => undefined, // an error here ends this process
  });
}

/** Connections close a moment after they were told to: waits until no more is left than was there before. */
async function settled(wanted: Remains): Promise<Remains> {
  await eventually(
    async () => {
      const { handles } = await remains();
      return Object.entries(handles).every(([type, count]) => count <= (wanted.handles[type] ?? 0));
    },
    { timeoutMs: 20_000, intervalMs: 200 },
  ).catch(() => undefined); // What is left then is what the fault tells.
  return remains();
}

async function remains(): Promise<Remains> {
  for (let turn = 0; turn < 5; turn += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const handles: Record<string, number> = {};
  for (const type of alive.values()) handles[type] = (handles[type] ?? 0) + 1;
  const listeners = Object.fromEntries(
    process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
  );
  return { handles, listeners, heapBytes: process.memoryUsage().heapUsed };
}
