import { type Json, done, output, statefulComponent, z } from '@tinysystems/sdk';

const context = z
  .unknown()
  .optional()
  .meta({ title: 'Context', description: 'The message to send.', configurable: true });

/** Lets a person send one message into a flow. */
export const signal = statefulComponent({
  name: 'signal',
  description: 'Sends a message when a person presses Send.',
  info: 'The message is the submitted context, or the one from the settings when none was submitted. Nobody waits for an answer.',
  tags: ['trigger'],
  settings: z.object({ context }),
  ports: {
    out: output(z.unknown().meta({ title: 'Context', configurable: true, shared: true })),
  },
  control: {
    schema: z.object({
      context,
      send: z.boolean().optional().meta({ title: 'Send', format: 'button' }),
    }),
  },
  create: (node) => ({
    on: {},
    submit: async (submission, ctx) => {
      if (submission['send'] === true)
        await ctx.detach('out', submission['context'] ?? ctx.settings.context ?? null);
      return done;
    },
    view: () => ({ context: (node.settings.context ?? null) as Json }),
  }),
});
