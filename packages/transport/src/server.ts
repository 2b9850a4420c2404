import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import {
  type Clock,
  type Deliver,
  MAX_MESSAGE_BYTES,
  type Message,
  TinyError,
  formatAddress,
  parseAddress,
  runChain,
  toTinyError,
} from '@tinysystems/core';
import { type MessageRequest, type MessageResponse, ModuleServiceService } from '@tinysystems/proto';
import { decodeJson, decodeTraceparent, encodeReply } from './codec.ts';
import { toStatus } from './status.ts';

/** The time of a call that brings no deadline, milliseconds. */
export const DEFAULT_CALL_TIMEOUT_MS = 60_000;

/** What a module's server works with. */
export interface ModuleServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  /** Delivers to the nodes of this process. */
  readonly deliver: Deliver;
  /** Refuses a call by throwing; asked before the message is delivered. */
  readonly authorise: (message: Message, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
}

/** Takes messages from other modules over gRPC. */
export class ModuleServer {
  readonly #options: ModuleServerOptions;
  readonly #server: Server;
  #port = 0;

  constructor(options: ModuleServerOptions) {
    this.#options = options;
    this.#server = new Server(SERVER_OPTIONS);
    this.#server.addService(ModuleServiceService, {
      message: (call: ServerUnaryCall<MessageRequest, MessageResponse>, done: sendUnaryData<MessageResponse>) => {
        void this.#answer(call).then(
          (response) => done(null, response),
          (error: unknown) => done(toStatus(toTinyError(error))),
        );
      },
    });
  }

  /** The port it listens on; 0 before {@link listen}. */
  get port(): number {
    return this.#port;
  }

  /** Starts to listen. @throws Error naming the address when it is in use. */
  listen(): Promise<void> {
    const { address } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error !== null) return reject(new Error(`gRPC cannot listen on ${address}: ${error.message}`, { cause: error }));
        this.#port = port;
        resolve();
      });
    });
  }

  /** Takes no new calls and waits for those in work; ends them after `graceMs`. */
  stop(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const takeBack = this.#options.clock.after(graceMs, () => this.#server.forceShutdown());
      this.#server.tryShutdown(() => {
        takeBack();
        resolve();
      });
    });
  }

  async #answer(call: ServerUnaryCall<MessageRequest, MessageResponse>): Promise<MessageResponse> {
    const { deliver, authorise, clock } = this.#options;
    const message = this.#messageOf(call);
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort(new TinyError('Cancelled', 'CANCELLED', 'the calling module ended the call')));
    const what = `the call to ${formatAddress(message.to)}`;
    const reply = await runChain({ clock, deadlineMs: message.deadlineMs, parent: abort.signal, what }, async (signal) => {
      await authorise(message, signal);
      return deliver(message, signal);
    });
    return { Data: encodeReply(reply, `the reply of ${formatAddress(message.to)}`) };
  }

  #messageOf(call: ServerUnaryCall<MessageRequest, MessageResponse>): Message {
    const { From, To, Payload, EdgeID } = call.request;
    const to = parseAddress(To);
    if (to === undefined) throw new TinyError('Permanent', 'MESSAGE_INVALID', `To must be node:port, not ${JSON.stringify(To)}`);
    const data = decodeJson(Payload, `the payload for ${To}`);
    const traceparent = call.metadata.get('traceparent')[0];
    return {
      from: parseAddress(From) ?? { node: '', port: '' },
      to,
      edgeId: EdgeID,
      data,
      depth: depthOf(call.metadata.get('x-message-depth')[0]),
      deadlineMs: deadlineOf(call, this.#options.clock),
      trace: typeof traceparent === 'string' ? decodeTraceparent(traceparent) : undefined,
      passed: undefined,
    };
  }
}

const SERVER_OPTIONS = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES + 64 * 1024,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES + 1024,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3000,
  'grpc.enable_channelz': 0,
};

function depthOf(header: string | Buffer | undefined): number {
  const depth = Number(header ?? 0);
  return Number.isSafeInteger(depth) && depth >= 0 ? depth : 0;
}

function deadlineOf(call: ServerUnaryCall<unknown, unknown>, clock: Clock): number {
  const deadline = call.getDeadline();
  const deadlineMs = deadline instanceof Date ? deadline.getTime() : deadline;
  return Number.isFinite(deadlineMs) ? deadlineMs : clock.now() + DEFAULT_CALL_TIMEOUT_MS;
}
