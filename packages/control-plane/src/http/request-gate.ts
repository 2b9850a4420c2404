import type { Clock } from '../clock.ts';
import type { Reply, Stream } from './response.ts';

/** How much a server does at once; whoever wants more is told to come again. */
export interface RequestLimits {
  /** Requests a second, over all clients; so many may also come at once. */
  readonly requestsPerS: number;
  /** Requests that read and have no answer yet. */
  readonly readsInFlight: number;
  /** Requests that write and have no answer yet. */
  readonly writesInFlight: number;
  /** Open watches. */
  readonly watches: number;
}

const READS: readonly string[] = ['GET', 'HEAD'];

/** Counts requests and turns away those that are too many. */
export class RequestGate {
  readonly #limits: RequestLimits;
  readonly #clock: Clock;
  readonly #inFlight = { reads: 0, writes: 0 };
  #watches = 0;
  #allowance: number;
  #countedAt: number;

  constructor(limits: RequestLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#allowance = limits.requestsPerS;
    this.#countedAt = clock.now();
  }

  /** Answers a request, or, when there are too many, resolves to `undefined`. A watch counts until it has ended. */
  async pass(method: string, answer: () => Promise<Reply>): Promise<Reply | undefined> {
    const kind = READS.includes(method) ? 'reads' : 'writes';
    if (this.#inFlight[kind] >= this.#limits[`${kind}InFlight`] || !this.#takeAllowance()) return undefined;
    this.#inFlight[kind] += 1;
    try {
      const reply = await answer();
      return typeof reply === 'function' ? this.#watch(reply) : reply;
    } finally {
      this.#inFlight[kind] -= 1;
    }
  }

  #watch(stream: Stream): Stream | undefined {
    if (this.#watches >= this.#limits.watches) return undefined;
    this.#watches += 1;
    return (response) => stream(response).finally(() => (this.#watches -= 1));
  }

  #takeAllowance(): boolean {
    const { requestsPerS } = this.#limits;
    const now = this.#clock.now();
    const earned = (Math.max(0, now - this.#countedAt) / 1000) * requestsPerS;
    this.#allowance = Math.min(requestsPerS, this.#allowance + earned);
    this.#countedAt = now;
    if (this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }
}
