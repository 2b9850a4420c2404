// A replica without Kubernetes in a process of its own: answers with its text once its `holdMs` are over.
import { sleep, systemClock } from '@tinysystems/core';
import { ModuleServer } from '@tinysystems/transport';
import { hurriedClock } from './scaled-clock.ts';

let inWork = 0;
const server = new ModuleServer({
  address: '127.0.0.1:0',
  deliver: async ({ data }, signal) => {
    inWork += 1;
    try {
      const { holdMs, text } = data as { readonly holdMs: number; readonly text: string };
      if (holdMs > 0) await sleep(systemClock, holdMs, signal);
      return { by: process.pid, text };
    } finally {
      inWork -= 1;
    }
  },
  authorise: () => Promise.resolve(),
  clock: hurriedClock(Number(process.argv[2] ?? '1')),
});
await server.listen();
process.send?.(server.port);
process.on('message', () => process.send?.(inWork));
process.on('disconnect', () => process.exit());
