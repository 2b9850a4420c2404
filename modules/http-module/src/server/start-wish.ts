import {
  type Immutable,
  type Json,
  type NodeState,
  isJsonEqual,
  parseJson,
  stringifyJson,
  z,
} from '@tinysystems/sdk';

const seconds = z.number().positive().max(86_400).default(60);

/** What a message to `start`, or `settings.start`, asks for. */
export const startWish = z.object({
  context: z
    .unknown()
    .optional()
    .meta({ title: 'Context', description: 'Every request message carries it.', configurable: true }),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .meta({ title: 'Port', description: '0 takes a free one, which all replicas then share.' }),
  host: z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'Host', description: 'Address to listen on; without it, all addresses.' }),
  readTimeout: seconds.meta({
    title: 'Read timeout',
    description: 'Seconds a client may take to send a request.',
  }),
  writeTimeout: seconds.meta({
    title: 'Write timeout',
    description: 'Seconds the flow may take to answer a request.',
  }),
});

/** A wish to listen, defaults filled in. */
export type StartWish = Immutable<z.output<typeof startWish>>;

const WISH_KEY = 'http-start';
const PORT_KEY = 'port';

/** What a message asked for, and what the settings said at that time: whichever comes last holds. */
interface Remembered {
  readonly wish: StartWish | null;
  readonly over: StartWish | null;
}

/** Keeps the wish to listen, and the port that was chosen, in the node's state: all replicas follow it. */
export class WishStore {
  readonly #state: NodeState;

  constructor(state: NodeState) {
    this.#state = state;
  }

  /** The wish that holds now; `undefined`: do not listen. */
  current(inSettings: StartWish | undefined): StartWish | undefined {
    const stored = this.#state.get(WISH_KEY);
    if (stored === undefined) return inSettings;
    const { wish, over } = parseJson(stored) as unknown as Remembered;
    return isJsonEqual(over as Json, (inSettings ?? null) as Json) ? (wish ?? undefined) : inSettings;
  }

  /** A message asked to listen. */
  start(wish: StartWish, inSettings: StartWish | undefined): Promise<void> {
    return this.#remember({ wish, over: inSettings ?? null });
  }

  /** A message asked to stop. */
  stop(inSettings: StartWish | undefined): Promise<void> {
    return inSettings === undefined
      ? this.#state.delete(WISH_KEY)
      : this.#remember({ wish: null, over: inSettings });
  }

  /** The port that was chosen for a wish that names none; 0: none yet. */
  get chosenPort(): number {
    return Number(this.#state.get(PORT_KEY) ?? 0);
  }

  choosePort(port: number): Promise<void> {
    return this.#state.set(PORT_KEY, String(port));
  }

  onChange(callback: () => void): () => void {
    return this.#state.onChange(callback);
  }

  #remember(remembered: Remembered): Promise<void> {
    return this.#state.set(WISH_KEY, stringifyJson(remembered));
  }
}
