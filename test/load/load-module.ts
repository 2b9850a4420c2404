// A module under load: HTTP servers, and nodes whose work takes time.
import { components as http } from '@tinysystems/http-module';
import { component, input, reply, runModule, sleep, systemClock, z } from '@tinysystems/sdk';

const work = component({
  name: 'work',
  description: 'Answers when its work is done.',
  settings: z.object({
    cpuMs: z.number().default(0).meta({ title: 'Milliseconds in which nothing else runs' }),
    waitMs: z.number().default(0).meta({ title: 'Milliseconds in which others run' }),
  }),
  ports: { in: input(z.unknown()) },
  on: {
    in: async (_message, { settings, signal }) => {
      if (settings.waitMs > 0) await sleep(systemClock, settings.waitMs, signal);
      const endMs = performance.now() + settings.cpuMs;
      while (performance.now() < endMs);
      return reply({ statusCode: 200, body: 'done' });
    },
  },
});

await runModule({ name: 'load-module', version: '0.1.0', components: [...http, work] });
