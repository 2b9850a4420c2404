import {
  type Clock,
  type Json,
  type Message,
  TinyError,
  cancelled,
  formatAddress,
  waitToBeWoken,
} from '@tinysystems/core';
import type { AddressBook } from './address-book.ts';
import { decodeReply, encodeJson } from './codec.ts';
import type { Connection } from './connection.ts';
import { Connections, type ConnectionsOptions } from './connections.ts';
import { UnsentError } from './outgoing-call.ts';
import type { ReplicaRecord } from './recorded-call.ts';

/** How long a message waits for a module without a live replica, milliseconds; the chain's deadline may be earlier. */
export const MODULE_WAIT_MS = 30_000;
/** How long a message waits for a module that nobody knows, milliseconds. */
export const UNKNOWN_MODULE_WAIT_MS = 2000;
/** How many messages of this process may wait for modules that have no replica, or that nobody knows. */
export const MAX_MODULE_WAITERS = 10_000;
/** How long the first message to a module waits for the fastest of several replicas to be connected, milliseconds. */
const CONNECT_WAIT_MS = 1000;
/** How long it waits for the others then, so that a burst does not go to one replica alone, milliseconds. */
const OTHERS_WAIT_MS = 50;
/** How long a replica may take to say what it has recorded, milliseconds. */
const RECORDED_TIMEOUT_MS = 2000;

/** What a pool works with. */
export interface ClientPoolOptions extends ConnectionsOptions {
  /** Hears of each message that has to wait until its module has a replica. */
  readonly waiting?: <T>(message: Message, wait: Promise<T>) => Promise<T>;
}

/**
 * Delivers messages to other modules: one connection a replica, each call to the connected replica with the least in
 * flight, and to another one when the call could not be sent.
 */
export class ClientPool implements AsyncDisposable {
  readonly #book: AddressBook;
  readonly #clock: Clock;
  readonly #waiting: NonNullable<ClientPoolOptions['waiting']>;
  readonly #connections: Connections;
  #isDisposed = false;
  #waitingForModules = 0;
  #turn = 0;

  constructor(options: ClientPoolOptions) {
    this.#book = options.book;
    this.#clock = options.clock;
    this.#waiting = options.waiting ?? ((_message, wait) => wait);
    this.#connections = new Connections(options);
  }

  /** How many messages wait for modules that have no replica, or that nobody knows. */
  get waitingForModules(): number {
    return this.#waitingForModules;
  }

  /** How many calls have not ended, to all replicas of all modules. */
  get callsInFlight(): number {
    return this.#connections.inFlight;
  }

  /** How many of them wait to be written. */
  get waitingCalls(): number {
    return this.#connections.waiting;
  }

  /**
   * Delivers to a node of `module`; see `Deliver`.
   *
   * @throws TinyError `MODULE_UNKNOWN` after 2 s, `MODULE_UNREACHABLE` when no replica takes the call,
   *   `Overloaded`/`QUEUE_FULL` when 10,000 messages wait for modules, or 4096 calls to be written.
   */
  async deliver(module: string, message: Message, signal: AbortSignal): Promise<Json | undefined> {
    const payload = encodeJson(message.data, () => `the message to ${formatAddress(message.to)}`);
    const tried = new Set<string>();
    let failure: TinyError | undefined;
    for (;;) {
      if (signal.aborted) throw cancelled(signal);
      const best = this.#best(module, tried);
      const connection = best?.isReady === true ? best : await this.#choose(module, tried, signal);
      if (connection === undefined && failure !== undefined) throw failure;
      if (connection === undefined) {
        await this.#waiting(message, this.#reachable(module, message, signal));
        continue;
      }
      try {
        const reply = await connection.call(message, payload, signal);
        return decodeReply(reply, () => `the reply of ${module}`);
      } catch (error) {
        if (signal.aborted) throw cancelled(signal);
        if (!(error instanceof UnsentError)) throw error;
        failure = error.failure;
        if (!error.isWorthAnother) tried.add(connection.addr);
      }
    }
  }

  /**
   * Asks the replica of `module` at `addr` what it has recorded for those trackers.
   *
   * @throws TinyError when it does not answer within 2 s.
   */
  async recorded(
    module: string,
    addr: string,
    trackerUids: readonly string[],
  ): Promise<readonly ReplicaRecord[]> {
    return this.#connect(module, addr).recorded(trackerUids, RECORDED_TIMEOUT_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#connections[Symbol.dispose]();
  }

  /** The replica for the next call when none is connected; `undefined`: there is none that was not tried. */
  async #choose(
    module: string,
    tried: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<Connection | undefined> {
    const candidates = this.#candidates(module, tried);
    // A call would hang on one that may be dead, so let the fastest be the first.
    if (candidates.length > 1) await this.#connected(candidates, signal);
    return this.#best(module, tried);
  }

  #candidates(module: string, tried: ReadonlySet<string>): readonly Connection[] {
    const endpoints = this.#book.get(module) ?? [];
    return endpoints.filter(({ addr }) => !tried.has(addr)).map(({ addr }) => this.#connect(module, addr));
  }

  /** Of the connected ones, else of all, one with the least in flight; they take turns when that is several. */
  #best(module: string, tried: ReadonlySet<string>): Connection | undefined {
    const endpoints = this.#book.get(module) ?? [];
    this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
    let best: Connection | undefined;
    for (let index = 0; index < endpoints.length; index += 1) {
      const addr = endpoints[(this.#turn + index) % endpoints.length]?.addr;
      if (addr === undefined || tried.has(addr)) continue;
      const connection = this.#connect(module, addr);
      if (best === undefined || isBetter(connection, best)) best = connection;
    }
    return best;
  }

  #connect(module: string, addr: string): Connection {
    if (this.#isDisposed)
      throw new TinyError('Cancelled', 'CANCELLED', 'this replica stops and sends nothing any more');
    return this.#connections.get(module, addr);
  }

  #connected(connections: readonly Connection[], signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const leave = () => {
        takeBack();
        signal.removeEventListener('abort', leave);
        for (const unsubscribe of unsubscribes) unsubscribe();
        resolve();
      };
      let takeBack = this.#clock.after(CONNECT_WAIT_MS, leave);
      signal.addEventListener('abort', leave, { once: true });
      let missing = connections.length;
      const onReady = () => {
        missing -= 1;
        takeBack();
        if (missing === 0) leave();
        else takeBack = this.#clock.after(OTHERS_WAIT_MS, leave);
      };
      const unsubscribes = connections.map((connection) => connection.onReady(onReady));
    });
  }

  /** Waits until the module has a replica. @throws TinyError when it gets none in time. */
  async #reachable(module: string, message: Message, signal: AbortSignal): Promise<void> {
    if (this.#waitingForModules >= MAX_MODULE_WAITERS) {
      const text = `${MAX_MODULE_WAITERS} messages already wait for modules without a replica`;
      throw new TinyError('Overloaded', 'QUEUE_FULL', text, { retryAfterMs: 1000 });
    }
    this.#waitingForModules += 1;
    try {
      await this.#appears(module, message, signal);
    } finally {
      this.#waitingForModules -= 1;
    }
  }

  async #appears(module: string, message: Message, signal: AbortSignal): Promise<void> {
    const startedMs = this.#clock.now();
    while ((this.#book.get(module)?.length ?? 0) === 0) {
      const isKnown = this.#book.get(module) !== undefined;
      const untilMs = Math.min(
        message.deadlineMs,
        startedMs + (isKnown ? MODULE_WAIT_MS : UNKNOWN_MODULE_WAIT_MS),
      );
      const leftMs = untilMs - this.#clock.now();
      if (leftMs <= 0) throw unreachable(module, isKnown);
      await waitToBeWoken({ clock: this.#clock, timeoutMs: leftMs, signal }, (wake) =>
        this.#book.onChange(wake),
      );
    }
  }
}

function isBetter(one: Connection, other: Connection): boolean {
  return one.isReady === other.isReady ? one.inFlight < other.inFlight : one.isReady;
}

function unreachable(module: string, isKnown: boolean): TinyError {
  return isKnown
    ? new TinyError(
        'Transient',
        'MODULE_UNREACHABLE',
        `module ${module} has no live replica: see kubectl get tinymodule ${module}`,
      )
    : new TinyError(
        'Permanent',
        'MODULE_UNKNOWN',
        `there is no TinyModule ${module}: install the module, or correct spec.module of the target node`,
      );
}
