import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import {
  ByteBudget,
  type Clock,
  type Deliver,
  MAX_MESSAGE_BYTES,
  type Message,
  TinyError,
  toTinyError,
} from '@tinysystems/core';
import {
  type MessageRequest,
  type MessageResponse,
  ModuleServiceService,
  type RecordedResponse,
} from '@tinysystems/proto';
import type { CertificateFiles } from './certificate-files.ts';
import { guardConnections } from './connection-guard.ts';
import type { Frame } from './frame.ts';
import { FrameCodec } from './frame-codec.ts';
import { Intake } from './intake.ts';
import { type Peer, PeerGate } from './peer.ts';
import { type RecordedCall, type TellRecorded, answerRecorded } from './recorded-call.ts';
import { addReflection } from './reflection.ts';
import type { RefusalMeter } from './refusal.ts';
import { ModuleServerCredentials } from './server-credentials.ts';
import { ServerStream } from './server-stream.ts';
import { toStatus } from './status.ts';
import { answerUnary } from './unary-call.ts';
import { MAX_CONCURRENT_STREAMS } from './unary-client.ts';

/** What a module's server works with. */
export interface ModuleServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  /** Delivers to the nodes of this process. */
  readonly deliver: Deliver;
  /** Refuses a call by throwing; asked before the message is delivered. `undefined`: it is allowed at once. */
  readonly authorise: (message: Message, peer: Peer, signal: AbortSignal) => Promise<void> | undefined;
  readonly clock: Clock;
  /** Calls beyond it are refused as `Overloaded`. Default: one of its own, 64 MiB. */
  readonly budget?: ByteBudget;
  /** Opened. Default: none, and everybody may connect. */
  readonly certificates?: CertificateFiles | undefined;
  readonly onRefusal?: RefusalMeter;
  /** Tells clients what it takes. Default `false`. */
  readonly hasReflection?: boolean;
  /** Default `true`; `false`: takes single calls only, like a module from before there were streams. */
  readonly takesStreams?: boolean;
  /** Default: nobody may ask what is recorded here. */
  readonly recorded?: TellRecorded;
}

/** Takes messages from other modules over gRPC. */
export class ModuleServer {
  readonly #options: ModuleServerOptions;
  readonly #server: Server;
  readonly #intake: Intake;
  readonly #gate: PeerGate;
  readonly #onRefusal: RefusalMeter;
  readonly #streams = new Set<ServerStream>();
  #port = 0;
  #stopped: Promise<void> | undefined;

  constructor(options: ModuleServerOptions) {
    this.#options = options;
    const {
      deliver,
      authorise,
      clock,
      budget = new ByteBudget(),
      takesStreams = true,
      certificates,
      onRefusal = () => undefined,
      hasReflection = false,
      recorded,
    } = options;
    this.#onRefusal = onRefusal;
    this.#gate = new PeerGate({ self: certificates?.identity, onRefusal });
    this.#intake = new Intake({ deliver, authorise, clock, budget, gate: this.#gate });
    this.#server = new Server(SERVER_OPTIONS);
    this.#server.addService(createService(), {
      message: (call: UnaryCall, done: sendUnaryData<MessageResponse>) => {
        const context = { intake: this.#intake, gate: this.#gate, clock };
        void answerUnary(call, context).then(
          (response) => done(null, response),
          (error: unknown) => done(toStatus(toTinyError(error))),
        );
      },
      ...(recorded !== undefined && {
        recorded: (call: RecordedCall, done: sendUnaryData<RecordedResponse>) =>
          answerRecorded(call, { tell: recorded, gate: this.#gate, clock }, done),
      }),
      ...(takesStreams && { connect: (stream: ServerDuplexStream<Frame, Frame>) => this.#open(stream) }),
    });
    if (hasReflection) addReflection(this.#server, this.#gate);
  }

  /** What callers have not taken of the replies on their streams. */
  get unreadReplyBytes(): number {
    let bytes = 0;
    for (const stream of this.#streams) bytes += stream.unreadBytes;
    return bytes;
  }

  /** The port it listens on; 0 before {@link listen}. */
  get port(): number {
    return this.#port;
  }

  /** Starts to listen. @throws Error naming the address when it is in use. */
  listen(): Promise<void> {
    const { address, clock } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, this.#credentials(), (error, port) => {
        if (error !== null)
          return reject(new Error(`gRPC cannot listen on ${address}: ${error.message}`, { cause: error }));
        this.#port = port;
        guardConnections(this.#server, { clock, onRefusal: this.#onRefusal });
        resolve();
      });
    });
  }

  /**
   * Takes no new calls and waits for those in work; after `graceMs` they fail as `Transient`. A second call waits for
   * the first.
   */
  stop(graceMs: number): Promise<void> {
    this.#stopped ??= new Promise((resolve) => {
      const { clock } = this.#options;
      let takeBack = clock.after(graceMs, () => {
        // forceShutdown() of grpc-js leaves calls alone while channelz is off: end them here, with an error of ours.
        this.#intake.abortAll(new TinyError('Transient', 'MODULE_UNREACHABLE', STOPPED));
        takeBack = clock.after(CLOSE_TIMEOUT_MS, () => {
          for (const stream of this.#streams) stream.abort();
          this.#server.forceShutdown();
          resolve();
        });
      });
      for (const stream of this.#streams) stream.stop();
      this.#server.tryShutdown(() => {
        takeBack();
        resolve();
      });
    });
    return this.#stopped;
  }

  #credentials(): ServerCredentials {
    const { certificates } = this.#options;
    return certificates === undefined
      ? ServerCredentials.createInsecure()
      : new ModuleServerCredentials(certificates);
  }

  #open(call: ServerDuplexStream<Frame, Frame>): void {
    let peer: Peer;
    try {
      peer = this.#gate.admit(call);
    } catch (error) {
      call.emit('error', toStatus(toTinyError(error)));
      return;
    }
    const stream = new ServerStream({
      stream: call,
      peer,
      intake: this.#intake,
      clock: this.#options.clock,
      onEnd: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    stream.open();
    if (this.#stopped !== undefined) stream.stop();
  }
}

type UnaryCall = ServerUnaryCall<MessageRequest, MessageResponse>;

const STOPPED = 'this replica of the module stopped before it answered';
/** How long connections may take to close once their calls have ended, milliseconds. */
const CLOSE_TIMEOUT_MS = 1000;

/** The service with frames written and read our way. */
function createService() {
  const { encode, decode } = new FrameCodec();
  const connect = {
    ...ModuleServiceService.connect,
    requestSerialize: encode,
    requestDeserialize: decode,
    responseSerialize: encode,
    responseDeserialize: decode,
  };
  return { ...ModuleServiceService, connect } satisfies ServiceDefinition;
}

const SERVER_OPTIONS = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES + 512 * 1024,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES + 512 * 1024,
  'grpc.max_concurrent_streams': MAX_CONCURRENT_STREAMS,
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.enable_channelz': 0,
};
