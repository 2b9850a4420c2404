import {
  type Clock,
  type Component,
  type Json,
  done,
  input,
  parseJson,
  redact,
  sleep,
  statefulComponent,
  stringifyJson,
  systemClock,
  z,
} from '@tinysystems/sdk';

const STATE_KEY = 'last';
/** How often the last message is stored, milliseconds: node state is for what changes a few times a minute. */
const STORE_EVERY_MS = 1000;
/** A longer message is shown cut, characters of JSON: it must leave room in the node's 64 KiB. */
const MAX_SHOWN_LENGTH = 16 * 1024;

/** Shows the last message it got. */
export const debug = createDebug(systemClock);

/** Makes the component `debug` on a clock. */
export function createDebug(clock: Clock): Component {
  return statefulComponent({
    name: 'debug',
    description: 'Shows the last message.',
    info: 'Takes any message and answers nothing. What looks like a credential is hidden before it is stored.',
    tags: ['observability'],
    settings: z.object({
      context: z.unknown().optional().meta({
        title: 'Context',
        description: 'Shown until the first message arrives.',
        configurable: true,
      }),
    }),
    ports: { in: input(z.unknown().meta({ title: 'Message', configurable: true }), { answers: 'never' }) },
    control: {
      schema: z.object({
        context: z.unknown().optional().meta({ title: 'Last message', readOnly: true, configurable: true }),
      }),
    },
    create: (node) => {
      let next: { readonly message: Json } | undefined;
      let isStoring = false;

      async function storeWhatArrives(): Promise<void> {
        isStoring = true;
        try {
          while (next !== undefined) {
            const text = show(next.message);
            next = undefined;
            await node.state.set(STATE_KEY, text);
            node.refresh();
            await sleep(clock, STORE_EVERY_MS, node.signal);
          }
        } catch (error) {
          if (!node.signal.aborted)
            node.log.warn({ node: node.name, err: error }, 'the last message could not be stored');
        } finally {
          isStoring = false;
        }
      }

      return {
        on: {
          in: (message) => {
            next = { message: message as Json };
            if (!isStoring) void storeWhatArrives();
            return done;
          },
        },
        view: () => {
          const stored = node.state.get(STATE_KEY);
          return {
            context:
              stored === undefined
                ? ((node.settings.context as Json | undefined) ?? null)
                : parseJson(stored),
          };
        },
      };
    },
  });
}

/** JSON of the message without its credentials; of a long one the beginning, as text. */
function show(message: Json): string {
  const text = stringifyJson(redact(message));
  return text.length <= MAX_SHOWN_LENGTH ? text : JSON.stringify(`${text.slice(0, MAX_SHOWN_LENGTH / 2)}…`);
}
