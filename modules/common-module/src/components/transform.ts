import { component, input, output } from '@tinysystems/sdk';
import { passthrough } from '../passthrough.ts';

/** Passes a message on; its use is to carry a mapping, above all between two ports of one node. */
export const transform = component({
  name: 'transform',
  description: 'Passes a message on, reshaped by the mappings of its edges.',
  info: 'Answers its caller with what the nodes after it answer.',
  tags: ['flow'],
  ports: { in: input(passthrough, { emits: ['out'], answers: 'passed' }), out: output(passthrough) },
  on: { in: ({ context }, ctx) => ctx.emit('out', { context }) },
});
