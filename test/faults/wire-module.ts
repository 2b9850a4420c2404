// Two modules for faults of the wire, by `--name`: a `door` makes calls as it is ordered, a `worker` answers them, `poison` harms its process.
import { randomUUID } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  TinyError,
  component,
  done,
  input,
  output,
  reply,
  runModule,
  sleep,
  statefulComponent,
  systemClock,
  z,
} from '@tinysystems/sdk';
import type { Order, Outcome } from './wire-order.ts';

const podName = process.env['POD_NAME'] ?? '';
const ledger = openSync(process.env['FAULT_LEDGER'] ?? '/dev/null', 'a');
/** The same for all processes of a machine, unlike the time of day. */
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const task = z.object({
  n: z.number(),
  /** How long the worker takes, milliseconds. */
  holdMs: z.number(),
  text: z.string().optional(),
});

/** One handler that has begun; written at once, so that a kill cannot take it back. */
const worker = component({
  name: 'worker',
  description: 'Notes what it begins, and answers with the name of its replica.',
  ports: { in: input(task) },
  on: {
    in: async ({ n, holdMs }, { signal }) => {
      writeSync(ledger, `${n} ${podName} ${process.pid} ${Math.round(nowMs())}\n`);
      if (holdMs > 0) await sleep(systemClock, holdMs, signal);
      return reply({ by: podName });
    },
  },
});

const HOW = [
  'throws',
  'rejects later',
  'loops',
  'throws in a timer',
  'rejects a promise of its own',
] as const;

const poison = component({
  name: 'poison',
  description: 'Does what a handler must not do.',
  ports: { in: input(z.object({ how: z.enum(HOW), ms: z.number().default(10) })) },
  on: {
    in: async ({ how, ms }, { signal }) => {
      if (how === 'throws') throw new Error('poisoned');
      if (how === 'loops') for (const endMs = nowMs() + ms; nowMs() < endMs;);
      if (how === 'throws in a timer')
        setTimeout(() => {
          throw new Error('poisoned timer');
        }, ms);
      if (how === 'rejects a promise of its own') void Promise.reject(new Error('poisoned promise'));
      if (how === 'rejects later') {
        await sleep(systemClock, ms, signal);
        throw new Error('poisoned late');
      }
      return done;
    },
  },
});

const answer = z.object({ by: z.string() });

const door = statefulComponent({
  name: 'door',
  description: 'Takes orders over HTTP, makes so many calls, and answers how each of them ended.',
  ports: { once: output(task, { reply: answer }), again: output(task, { reply: answer }) },
  create: (node) => {
    const call = async (order: Order, n: number): Promise<Outcome> => {
      const startedMs = nowMs();
      const { holdMs, timeoutMs = 30_000, text, port } = order;
      const since = () => ({ n, startedMs, tookMs: nowMs() - startedMs });
      try {
        const { by } = await node.request(
          port,
          { n, holdMs, ...(text !== undefined && { text }) },
          { timeoutMs },
        );
        return { ...since(), by };
      } catch (error) {
        if (!TinyError.is(error)) return { ...since(), kind: 'none', code: String(error) };
        return { ...since(), kind: error.kind, code: error.code, text: error.message };
      }
    };
    const work = async (order: Order): Promise<readonly Outcome[]> => {
      const outcomes: Outcome[] = [];
      let next = order.from;
      const lane = async () => {
        while (next < order.from + order.count) outcomes.push(await call(order, next++));
      };
      await Promise.all(Array.from({ length: order.atOnce }, lane));
      return outcomes;
    };
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const outcomes = await work(JSON.parse(Buffer.concat(chunks).toString()) as Order);
      response.end(JSON.stringify(outcomes));
    };
    return {
      on: {},
      background: {
        placement: 'everyReplica',
        async run(signal) {
          // Its port may have been that of another door, which ended: an order is for this one only.
          const path = `/${randomUUID()}`;
          const server = createServer((request, response) => {
            if (request.url === path) serve(request, response).catch(() => response.destroy());
            else response.destroy();
          });
          await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
          const { port } = server.address() as AddressInfo;
          node.log.info({ door: `http://127.0.0.1:${port}${path}` }, 'door opens');
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          // What was ordered is still done.
          await new Promise((resolve) => server.close(resolve));
        },
      },
    };
  },
});

await runModule({ name: 'wire-module', version: '0.1.0', components: [door, worker, poison] });
