import { type StatusObject, connectivityState, credentials, status } from '@grpc/grpc-js';
import { type Clock, MAX_MESSAGE_BYTES, type Message, TinyError } from '@tinysystems/core';
import { ModuleServiceClient, ModuleServiceService } from '@tinysystems/proto';
import type { ClientCredentials } from './client-credentials.ts';
import { ClientStream } from './client-stream.ts';
import { WINDOW_BYTES } from './connection-guard.ts';
import type { JsonText } from './codec.ts';
import { FrameCodec } from './frame-codec.ts';
import { OutgoingCall, UnsentError } from './outgoing-call.ts';
import { type ReplicaRecord, askRecorded } from './recorded-call.ts';
import { statedError } from './status.ts';
import { MAX_SINGLE_CALLS, callUnary } from './unary-client.ts';

/** How long after a stream could not be opened the next one is tried, milliseconds. */
const REOPEN_DELAY_MS = 100;

/** What a connection works with. */
export interface ConnectionOptions {
  /** gRPC `host:port`. */
  readonly addr: string;
  /** What error texts call the other side. */
  readonly peer: string;
  readonly clock: Clock;
  /** Default: none, in plain text. */
  readonly credentials?: ClientCredentials | undefined;
}

/** The way to one replica: a stream that is opened again when it ends, or single calls when the peer knows no streams. */
export class Connection {
  readonly addr: string;
  readonly #options: ConnectionOptions;
  readonly #client: ModuleServiceClient;
  readonly #codec = new FrameCodec();
  readonly #listeners = new Set<() => void>();
  #stream: ClientStream | undefined;
  #isUnary = false;
  #unaryInFlight = 0;
  #isRetired = false;
  #notBeforeMs = 0;
  #whyNot: TinyError | undefined;

  constructor(options: ConnectionOptions) {
    this.addr = options.addr;
    this.#options = options;
    const { addr, credentials: secure = credentials.createInsecure() } = options;
    this.#client = new ModuleServiceClient(addr, secure, CHANNEL_OPTIONS);
  }

  get inFlight(): number {
    return this.#unaryInFlight + (this.#stream?.inFlight ?? 0);
  }

  /** How many of those in flight are not written yet. */
  get waiting(): number {
    return this.#stream?.waiting ?? 0;
  }

  /** Whether a call would be sent now. */
  get isReady(): boolean {
    if (this.#isUnary)
      return this.#client.getChannel().getConnectivityState(true) === connectivityState.READY;
    return this.#stream?.isReady === true;
  }

  /** Connects, unless it is connected, or could not be a moment ago. */
  open(): void {
    const { clock, peer } = this.#options;
    if (this.#stream !== undefined || this.#isUnary || this.#isRetired) return;
    if (clock.now() < this.#notBeforeMs) return;
    const stream = new ClientStream({
      stream: this.#client.makeBidiStreamRequest(CONNECT.path, this.#codec.encode, this.#codec.decode),
      peer,
      clock,
      onReady: () => this.#ready(),
      failureOf: (end) => this.#failureOf(end),
      onEnd: (end) => this.#ended(end),
    });
    this.#stream = stream;
    stream.open();
  }

  /** Calls back when it becomes ready. @returns the function that takes the listener back. */
  onReady(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Makes one call.
   *
   * @returns the reply; `NO_TEXT`: nobody replied.
   * @throws TinyError; `UnsentError` when another replica may take it.
   */
  call(message: Message, payload: JsonText, signal: AbortSignal): Promise<JsonText> {
    if (this.#isUnary) return this.#callUnary(message, payload, signal);
    this.open();
    const stream = this.#stream;
    if (stream === undefined) return Promise.reject(this.#unreachable());
    const call = new OutgoingCall(message, payload, { signal, onAbort: (aborted) => stream.cancel(aborted) });
    try {
      stream.send(call);
    } catch (error) {
      call.fail(error as Error);
    }
    return call.answer;
  }

  /** Asks what the replica has recorded. @throws TinyError when it does not answer in time. */
  recorded(trackerUids: readonly string[], timeoutMs: number): Promise<readonly ReplicaRecord[]> {
    const { peer, clock } = this.#options;
    return askRecorded(trackerUids, { client: this.#client, peer, deadlineMs: clock.now() + timeoutMs });
  }

  /** Takes no new calls; closes when those in flight have ended. */
  retire(): void {
    this.#isRetired = true;
    this.#stream?.finish();
    this.#closeWhenIdle();
  }

  /** Closes at once: all calls fail. */
  close(): void {
    this.#isRetired = true;
    this.#stream?.abort(
      new TinyError('Cancelled', 'CANCELLED', 'this replica stops and waits for no answers'),
    );
    this.#client.close();
  }

  #ready(): void {
    this.#options.credentials?.accepted();
    for (const listener of this.#listeners) listener();
  }

  /** The failure behind the end of a stream: of trust, one that the peer named, or that it cannot be reached. */
  #failureOf(end: Partial<StatusObject>): TinyError {
    const { peer, credentials: secure } = this.#options;
    const text = `${peer} takes no calls: ${end.details ?? 'the stream ended'}`;
    this.#whyNot =
      secure?.takeFailure() ?? statedError(end) ?? new TinyError('Transient', 'MODULE_UNREACHABLE', text);
    return this.#whyNot;
  }

  #ended({ code }: Partial<StatusObject>): void {
    const wasReady = this.#stream?.isReady === true;
    this.#stream = undefined;
    if (!wasReady) this.#notBeforeMs = this.#options.clock.now() + REOPEN_DELAY_MS;
    this.#isUnary = code === status.UNIMPLEMENTED;
    if (this.#isUnary) this.#ready();
    this.#closeWhenIdle();
  }

  async #callUnary(message: Message, payload: JsonText, signal: AbortSignal): Promise<JsonText> {
    const { peer } = this.#options;
    if (this.#unaryInFlight >= MAX_SINGLE_CALLS) {
      const text = `${this.#unaryInFlight} single calls are in flight to ${peer}`;
      throw new TinyError('Overloaded', 'QUEUE_FULL', text, { retryAfterMs: 1000 });
    }
    this.#unaryInFlight += 1;
    try {
      return await callUnary(message, payload, { client: this.#client, peer, signal });
    } catch (error) {
      // What comes back at this address may be a newer version.
      if (error instanceof UnsentError) this.#isUnary = false;
      throw error;
    } finally {
      this.#unaryInFlight -= 1;
      this.#closeWhenIdle();
    }
  }

  #unreachable(): UnsentError {
    const text = `${this.#options.peer} takes no calls: it was not tried yet`;
    return new UnsentError(this.#whyNot ?? new TinyError('Transient', 'MODULE_UNREACHABLE', text));
  }

  #closeWhenIdle(): void {
    if (this.#isRetired && this.#stream === undefined && this.#unaryInFlight === 0) this.#client.close();
  }
}

const CONNECT = ModuleServiceService.connect;

/**
 * Facts behind the numbers: reconnecting waits 100 ms … 1 s; a silent peer is found in 15 s, and one that stands still
 * for 10 s is not taken for dead.
 */
const CHANNEL_OPTIONS = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES + 512 * 1024,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES + 512 * 1024,
  'grpc-node.flow_control_window': WINDOW_BYTES,
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  'grpc.use_local_subchannel_pool': 1,
};
