import type { Clock } from '@tinysystems/sdk';
import { Listener, type TakeRequest } from './listener.ts';
import { type PortClaims, isPortInUse } from './port-claims.ts';
import type { StartWish, WishStore } from './start-wish.ts';

/** Whether and where a node listens. */
export interface ServerStatus {
  readonly isRunning: boolean;
  readonly listenAddr: string[];
}

/** What the server of one node works with. */
export interface ServerOptions {
  /** Namespace and name of the node. */
  readonly owner: string;
  readonly claims: PortClaims;
  readonly wishes: WishStore;
  /** The wish of the settings in force. */
  readonly inSettings: () => StartWish | undefined;
  readonly serve: (
    request: Parameters<TakeRequest>[0],
    response: Parameters<TakeRequest>[1],
    wish: StartWish,
  ) => void;
  /** How many requests may be in work at once. */
  readonly maxRequests: () => number;
  readonly onChange: (status: ServerStatus) => void;
  readonly clock: Clock;
}

interface Running {
  readonly listener: Listener;
  wish: StartWish;
}

/**
 * The HTTP server of one node on this replica: brings what listens to what is wished, one step after the other.
 * A wish is kept in the node's state; the background follows it on every replica, a handler only waits for its own.
 */
export class ServerControl {
  readonly #options: ServerOptions;
  #running: Running | undefined;
  /** Listeners whose last requests are in work. */
  readonly #closing = new Set<Promise<void>>();
  #steps: Promise<unknown> = Promise.resolve();
  #change = Promise.withResolvers<void>();
  /** The background ended for good: nothing opens a listener any more. */
  #isEnded = false;
  #isHandedOver = false;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  get status(): ServerStatus {
    const listener = this.#running?.listener;
    return listener === undefined
      ? { isRunning: false, listenAddr: [] }
      : { isRunning: true, listenAddr: [`http://${hostOf(listener.host)}:${listener.port}`] };
  }

  /** Keeps the wish and resolves once this replica listens. @throws TinyError when it cannot. */
  async start(wish: StartWish): Promise<void> {
    await this.#options.wishes.start(wish, this.#options.inSettings());
    await this.#follow();
  }

  /** Keeps that nobody listens and resolves once this replica accepts no more; requests in work go on. */
  async stop(): Promise<void> {
    await this.#options.wishes.stop(this.#options.inSettings());
    await this.#follow();
  }

  /** The background is about to start again under new settings: what listens stays. */
  handOver(): void {
    this.#isHandedOver = true;
  }

  /** Follows the wish until the signal aborts. @throws TinyError when it cannot listen. */
  async run(signal: AbortSignal): Promise<void> {
    this.#isEnded = false;
    this.#isHandedOver = false;
    const wake = () => this.#wake();
    const unsubscribe = this.#options.wishes.onChange(wake);
    signal.addEventListener('abort', wake, { once: true });
    try {
      while (!signal.aborted) {
        const change = this.#change.promise;
        await this.#step(() => this.#converge());
        if (!signal.aborted) await change;
      }
    } finally {
      unsubscribe();
      if (signal.aborted && !this.#isHandedOver) await this.close();
    }
  }

  /** Stops listening for good; resolves when the requests in work have ended or were ended. */
  async close(): Promise<void> {
    this.#isEnded = true;
    await this.#step(async () => this.#drop());
    await Promise.all(this.#closing);
  }

  async #follow(): Promise<void> {
    try {
      await this.#step(() => this.#converge());
    } finally {
      this.#wake();
    }
  }

  #step(step: () => Promise<void>): Promise<void> {
    const next = this.#steps.then(step, step);
    this.#steps = next;
    return next;
  }

  #wake(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  async #converge(): Promise<void> {
    const wish = this.#isEnded ? undefined : this.#options.wishes.current(this.#options.inSettings());
    if (wish === undefined) return this.#drop();
    if (!this.#isServedBy(wish)) await this.#replace(wish);
    if (this.#running === undefined) return;
    this.#running.wish = wish;
    this.#running.listener.readTimeoutMs = wish.readTimeout * 1000;
  }

  #isServedBy(wish: StartWish): boolean {
    if (this.#running === undefined) return false;
    const { host, port } = this.#running.listener;
    return host === wish.host && (this.#portFor(wish) === 0 || port === this.#portFor(wish));
  }

  /** The new one listens before the old one closes, so a failure leaves the old one at work. */
  async #replace(wish: StartWish): Promise<void> {
    const { wishes, onChange } = this.#options;
    const listener = await this.#open(wish);
    this.#drop();
    this.#running = { listener, wish };
    onChange(this.status);
    if (wish.port === 0 && wishes.chosenPort !== listener.port) await wishes.choosePort(listener.port);
  }

  async #open(wish: StartWish): Promise<Listener> {
    const port = this.#portFor(wish);
    try {
      return await this.#listen(wish, port);
    } catch (error) {
      const isChosen = port !== 0 && wish.port === 0;
      if (!isChosen || !isPortInUse(error)) throw error;
      // The port chosen earlier belongs to somebody else now: choose again, the other replicas follow.
      return await this.#listen(wish, 0);
    }
  }

  async #listen(wish: StartWish, port: number): Promise<Listener> {
    const { claims, owner, clock, maxRequests } = this.#options;
    if (port !== 0) claims.take(port, owner);
    const take: TakeRequest = (request, response) =>
      this.#options.serve(request, response, this.#running?.wish ?? wish);
    try {
      const listener = await Listener.open({ host: wish.host, port, take, maxRequests, clock });
      if (port === 0) claims.take(listener.port, owner);
      return listener;
    } catch (error) {
      if (port !== 0) claims.give(port);
      throw error;
    }
  }

  #portFor(wish: StartWish): number {
    return wish.port === 0 ? this.#options.wishes.chosenPort : wish.port;
  }

  #drop(): void {
    const listener = this.#running?.listener;
    if (listener === undefined) return;
    this.#running = undefined;
    this.#options.claims.give(listener.port);
    this.#options.onChange(this.status);
    const closing = listener[Symbol.asyncDispose]();
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}

function hostOf(host: string | undefined): string {
  if (host === undefined) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
