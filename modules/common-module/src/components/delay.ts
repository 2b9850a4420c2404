import {
  type Clock,
  type Component,
  TinyError,
  component,
  input,
  output,
  sleep,
  systemClock,
  z,
} from '@tinysystems/sdk';
import { context, passthrough } from '../passthrough.ts';

/** Waits, then passes the message on; the sender waits too. */
export const delay = createDelay(systemClock);

/** Makes the component `delay` on a clock. */
export function createDelay(clock: Clock): Component {
  return component({
    name: 'delay',
    description: 'Waits, then passes a message on.',
    info: 'The sender waits as long. A delay that its deadline does not allow fails at once; put `async` before it.',
    tags: ['flow'],
    ports: {
      in: input(
        z.object({
          context,
          delay: z
            .int()
            .meta({ title: 'Delay', description: 'Milliseconds, more than 0.', examples: [1000] }),
        }),
        { emits: ['out'], answers: 'passed' },
      ),
      out: output(passthrough),
    },
    on: {
      in: async (message, ctx) => {
        const { delay: delayMs } = message;
        refuseImpossible(delayMs, ctx.deadlineMs - clock.now());
        await sleep(clock, delayMs, ctx.signal);
        return ctx.emit('out', { context: message.context });
      },
    },
  });
}

function refuseImpossible(delayMs: number, leftMs: number): void {
  if (delayMs <= 0) {
    throw new TinyError(
      'Permanent',
      'common-module.DELAY_INVALID',
      `a delay of ${delayMs} ms is none: give more than 0`,
    );
  }
  if (delayMs >= leftMs) {
    const text = `a delay of ${delayMs} ms does not fit into the ${leftMs} ms that are left: shorten it, or put async before it`;
    throw new TinyError('Timeout', 'common-module.DELAY_TOO_LONG', text);
  }
}
