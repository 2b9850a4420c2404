// Holds very many idle nodes, or the least that could stand for them, and tells what one of them takes of the heap.

import { type NodeSpec, systemClock, systemRandom } from '@tinysystems/core';
import { ComponentRegistry, NO_METRICS, Scheduler, Tracer } from '@tinysystems/engine';
import { component, input, output, z } from '@tinysystems/sdk';
import { MemoryState } from '@tinysystems/testing';

const [, , count = '0', kind = ''] = process.argv;
const message = z.object({ context: z.object({ name: z.string(), index: z.number() }) });
const relay = component({
  name: 'relay',
  description: 'Passes a message on.',
  settings: z.object({ text: z.string().default('') }),
  ports: { in: input(message), out: output(message) },
  on: { in: ({ context }, ctx) => ctx.emit('out', { context }) },
});
const scheduler = createScheduler();
await scheduler.apply(specOf(-1));
const kept: unknown[] = [];
const emptyBytes = heapBytes();
for (let index = 0; index < Number(count); index += 1) await (kind === 'nodes' ? addNode : addClosure)(index);
const bytes = (heapBytes() - emptyBytes) / Number(count);
process.send?.({ bytes, kept: kept.length });

async function addNode(index: number): Promise<void> {
  await scheduler.apply(specOf(index));
}

/** The reference: the spec, and a function that does the same with the same objects. */
async function addClosure(index: number): Promise<void> {
  const spec = specOf(index);
  const next = kept.at(-1);
  kept.push(async ({ context }: { context: { name: string; index: number } }) =>
    (next as (message: object) => Promise<unknown>)({
      context: { name: `Hello ${context.name} ${spec.name}`, index: context.index },
    }),
  );
}

function specOf(index: number): NodeSpec {
  return {
    ...{ name: `relay-${index}`, namespace: 'default', uid: `uid-${index}`, generation: 1, module: 'bench' },
    ...{ component: 'relay', run: true, settings: { text: `number ${index}` }, ports: [] },
    ...{ flow: `flow-${index % 100}`, project: 'bench', concurrency: { max: 64, queue: 1024 } },
    edges: [
      {
        ...{ id: 'next', port: 'out', to: `relay-${index + 1}`, toPort: 'in' },
        configuration: {
          context: { name: `Hello {{$.context.name}} relay-${index}`, index: '{{$.context.index}}' },
        },
        onExpressionError: 'Fail',
        retry: undefined,
      },
    ],
  };
}

function createScheduler(): Scheduler {
  const silent = () => undefined;
  const state = new MemoryState().replica();
  const made: Scheduler = new Scheduler({
    components: new ComponentRegistry([relay]),
    deliver: (sent, signal) => made.deliver(sent, signal),
    createState: () => state,
    tracer: new Tracer({ sinks: [], clock: systemClock, random: systemRandom }),
    metrics: NO_METRICS,
    clock: systemClock,
    random: systemRandom,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    onChange: silent,
    warn: silent,
  });
  return made;
}

function heapBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
