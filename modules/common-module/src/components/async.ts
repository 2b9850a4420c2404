import { component, done, input, output, z } from '@tinysystems/sdk';
import { passthrough } from '../passthrough.ts';

const DEFAULT_MAX_CONCURRENCY = 100;

/** Cuts a branch off: the caller neither waits for what comes after it nor fails with it. */
export const async = component({
  name: 'async',
  description: 'Passes a message on without making its sender wait.',
  info:
    'Returns at once. When **maxConcurrency** messages are on their way, the sender waits for the next one to end: ' +
    'that is the back-pressure. Answers and failures of the nodes after it do not reach the sender.',
  tags: ['flow'],
  settings: z.object({
    maxConcurrency: z.int().min(0).max(DEFAULT_MAX_CONCURRENCY).default(DEFAULT_MAX_CONCURRENCY).meta({
      title: 'Max concurrency',
      description: 'How many messages may be on their way at once; 0 means 100.',
    }),
  }),
  ports: { in: input(passthrough, { answers: 'never' }), out: output(passthrough) },
  on: {
    in: async ({ context }, ctx) => {
      const maxConcurrent = ctx.settings.maxConcurrency || DEFAULT_MAX_CONCURRENCY;
      await ctx.detach('out', { context }, { maxConcurrent });
      return done;
    },
  },
});
