// A module for faults: `ticker` is leader-only work, `ledger` notes what arrives, `sticker` does and may never end,
// `blocker` blocks the event loop.
import { appendFileSync } from 'node:fs';
import {
  component,
  done,
  input,
  output,
  runModule,
  sleep,
  statefulComponent,
  systemClock,
  z,
} from '@tinysystems/sdk';

const TICK_MS = 20;
const ledgerFile = process.env['FAULT_LEDGER'] ?? '/dev/null';
/** The same for all processes of a machine, unlike the time of day. */
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const ticker = statefulComponent({
  name: 'ticker',
  description: 'Emits its process id while it leads.',
  ports: { out: output(z.object({ tick: z.number(), atMs: z.number() })) },
  create: (node) => ({
    on: {},
    background: {
      placement: 'leader',
      async run(signal) {
        while (!signal.aborted) {
          // What it may not emit any more is not noted: that is what a fault looks at.
          await node.emit('out', { tick: process.pid, atMs: nowMs() }).catch(() => undefined);
          await sleep(systemClock, TICK_MS, signal).catch(() => undefined);
        }
      },
    },
  }),
});

const ledger = component({
  name: 'ledger',
  description: 'Appends what arrives to a file, as lines of JSON.',
  ports: { in: input(z.record(z.string(), z.unknown())) },
  on: {
    in: (entry) => {
      appendFileSync(ledgerFile, `${JSON.stringify({ ...entry, notedMs: nowMs() })}\n`);
      return done;
    },
  },
});

const sticker = component({
  name: 'sticker',
  description: 'Appends what arrives to the file, and never ends in the process that the message names.',
  ports: { in: input(z.object({ signal: z.number(), sticksIn: z.string() })) },
  on: {
    in: async ({ signal, sticksIn }) => {
      appendFileSync(ledgerFile, `${JSON.stringify({ signal, notedMs: nowMs() })}\n`);
      if (process.env['POD_NAME'] === sticksIn) await new Promise(() => undefined);
      return done;
    },
  },
});

const blocker = component({
  name: 'blocker',
  description: 'Keeps the event loop from turning.',
  ports: { in: input(z.object({ ms: z.number() })) },
  on: {
    in: ({ ms }) => {
      const endMs = nowMs() + ms;
      while (nowMs() < endMs);
      return done;
    },
  },
});

await runModule({ name: 'fault-module', version: '0.1.0', components: [ticker, ledger, sticker, blocker] });
