// A module for T26. It tells its memory and what its event loop waits for, whenever it is asked.
import { component, input, output, runModule, z } from '@tinysystems/sdk';
import type { Vitals } from './t26-process.ts';

const relay = component({
  name: 'relay',
  description: 'Passes a message on.',
  settings: z.object({ revision: z.number().default(0) }),
  ports: { in: input(z.object({ text: z.string() })), out: output(z.object({ text: z.string() })) },
  on: { in: (message, ctx) => ctx.emit('out', message) },
});

process.on('message', () => {
  globalThis.gc?.();
  const vitals: Vitals = {
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
    resources: process.getActiveResourcesInfo(),
  };
  process.send?.(vitals);
});

await runModule({ name: 't26-module', version: '0.1.0', components: [relay] });
