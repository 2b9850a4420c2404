import { Metadata, type ServiceError, credentials, status } from '@grpc/grpc-js';
import { type Clock, type Json, MAX_MESSAGE_BYTES, type Message, TinyError, cancelled, formatAddress } from '@tinysystems/core';
import { type MessageResponse, ModuleServiceClient } from '@tinysystems/proto';
import type { AddressBook } from './address-book.ts';
import { decodeReply, encodeJson, encodeTraceparent } from './codec.ts';
import { fromStatus } from './status.ts';

/** How long a message waits for a module without a live replica, milliseconds; the chain's deadline may be earlier. */
export const MODULE_WAIT_MS = 30_000;
/** How long a message waits for a module that nobody knows, milliseconds. */
export const UNKNOWN_MODULE_WAIT_MS = 2000;

/** What a pool works with. */
export interface ClientPoolOptions {
  readonly book: AddressBook;
  readonly clock: Clock;
}

/** One connection to one replica. */
interface Connection {
  readonly addr: string;
  readonly client: ModuleServiceClient;
  inFlight: number;
}

/** Delivers messages to other modules: one connection a replica, each call to the replica with the least in flight. */
export class ClientPool implements AsyncDisposable {
  readonly #book: AddressBook;
  readonly #clock: Clock;
  readonly #connections = new Map<string, Connection>();
  readonly #unsubscribe: () => void;

  constructor({ book, clock }: ClientPoolOptions) {
    this.#book = book;
    this.#clock = clock;
    this.#unsubscribe = book.onChange(() => this.#closeUnused());
  }

  /**
   * Delivers to a node of `module`; see `Deliver`.
   *
   * @throws TinyError `MODULE_UNKNOWN` after 2 s, `MODULE_UNREACHABLE` when no replica takes the call.
   */
  async deliver(module: string, message: Message, signal: AbortSignal): Promise<Json | undefined> {
    const what = `the message to ${formatAddress(message.to)}`;
    const payload = encodeJson(message.data, what);
    const tried = new Set<string>();
    for (;;) {
      const connection = this.#choose(module, tried) ?? (await this.#whenReachable(module, tried, message, signal));
      try {
        const response = await this.#call(connection, message, payload, signal);
        return decodeReply(response.Data, `the reply of ${module}`);
      } catch (error) {
        if (signal.aborted) throw cancelled(signal);
        if (!wasNeverSent(error)) throw fromStatus(error as ServiceError, `module ${module} at ${connection.addr}`);
        tried.add(connection.addr);
        if (this.#choose(module, tried) === undefined) throw fromStatus(error as ServiceError, `module ${module} at ${connection.addr}`);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    for (const { client } of this.#connections.values()) client.close();
    this.#connections.clear();
  }

  #choose(module: string, tried: ReadonlySet<string>): Connection | undefined {
    let best: Connection | undefined;
    for (const { addr } of this.#book.get(module) ?? []) {
      if (tried.has(addr)) continue;
      const connection = this.#connect(addr);
      if (best === undefined || connection.inFlight < best.inFlight) best = connection;
    }
    return best;
  }

  #connect(addr: string): Connection {
    const known = this.#connections.get(addr);
    if (known !== undefined) return known;
    const connection: Connection = { addr, client: new ModuleServiceClient(addr, credentials.createInsecure(), CHANNEL_OPTIONS), inFlight: 0 };
    this.#connections.set(addr, connection);
    return connection;
  }

  #call(connection: Connection, message: Message, payload: Buffer, signal: AbortSignal): Promise<MessageResponse> {
    return new Promise((resolve, reject) => {
      const metadata = new Metadata();
      metadata.set('x-message-depth', String(message.depth));
      if (message.trace !== undefined) metadata.set('traceparent', encodeTraceparent(message.trace));
      const request = {
        ID: '',
        From: message.from === undefined ? '' : formatAddress(message.from),
        To: formatAddress(message.to),
        Payload: payload,
        EdgeID: message.edgeId ?? '',
      };
      connection.inFlight += 1;
      const onAbort = () => call.cancel();
      const call = connection.client.message(request, metadata, { deadline: message.deadlineMs }, (error, response) => {
        connection.inFlight -= 1;
        signal.removeEventListener('abort', onAbort);
        if (error === null) resolve(response);
        else reject(error);
      });
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  async #whenReachable(module: string, tried: ReadonlySet<string>, message: Message, signal: AbortSignal): Promise<Connection> {
    const startedMs = this.#clock.now();
    for (;;) {
      const isKnown = this.#book.get(module) !== undefined;
      const untilMs = Math.min(message.deadlineMs, startedMs + (isKnown ? MODULE_WAIT_MS : UNKNOWN_MODULE_WAIT_MS));
      const leftMs = untilMs - this.#clock.now();
      if (leftMs <= 0) throw unreachable(module, isKnown);
      await this.#nextChange(leftMs, signal);
      const connection = this.#choose(module, tried);
      if (connection !== undefined) return connection;
    }
  }

  #nextChange(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (finish: () => void) => () => {
        takeBack();
        unsubscribe();
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const onAbort = leave(() => reject(cancelled(signal)));
      const takeBack = this.#clock.after(timeoutMs, leave(resolve));
      const unsubscribe = this.#book.onChange(leave(resolve));
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #closeUnused(): void {
    for (const [addr, connection] of this.#connections) {
      if (this.#book.hasAddress(addr)) continue;
      this.#connections.delete(addr);
      connection.client.close();
    }
  }
}

/** Facts behind the numbers: reconnecting waits 100 ms … 1 s, a silent peer is found in 13 s. */
const CHANNEL_OPTIONS = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES + 1024,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES + 64 * 1024,
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  'grpc.use_local_subchannel_pool': 1,
};

/** The call failed before a connection existed: another replica may take it without running anything twice. */
function wasNeverSent(error: unknown): boolean {
  const { code, details } = error as Partial<ServiceError>;
  return code === status.UNAVAILABLE && (details ?? '').startsWith('No connection established');
}

function unreachable(module: string, isKnown: boolean): TinyError {
  return isKnown
    ? new TinyError('Transient', 'MODULE_UNREACHABLE', `module ${module} has no live replica: see kubectl get tinymodule ${module}`)
    : new TinyError('Permanent', 'MODULE_UNKNOWN', `there is no TinyModule ${module}: install the module, or correct spec.module of the target node`);
}
