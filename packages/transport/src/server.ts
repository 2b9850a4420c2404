import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import {
  type Clock,
  type Deliver,
  type Json,
  MAX_MESSAGE_BYTES,
  type Message,
  TinyError,
  formatAddress,
  parseAddress,
  runChain,
  toTinyError,
} from '@tinysystems/core';
import { type MessageRequest, type MessageResponse, ModuleServiceService } from '@tinysystems/proto';
import { ByteBudget, MAX_IN_FLIGHT_BYTES } from './byte-budget.ts';
import { decodeJson, decodePassed, decodeTraceparent, encodeReply } from './codec.ts';
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
  /** Default 64 MiB; calls beyond are refused as `Overloaded`. */
  readonly maxInFlightBytes?: number;
}

/** Takes messages from other modules over gRPC. */
export class ModuleServer {
  readonly #options: ModuleServerOptions;
  readonly #server: Server;
  readonly #budget: ByteBudget;
  readonly #calls = new Set<AbortController>();
  #port = 0;
  #stopped: Promise<void> | undefined;

  constructor(options: ModuleServerOptions) {
    this.#options = options;
    this.#budget = new ByteBudget(options.maxInFlightBytes ?? MAX_IN_FLIGHT_BYTES);
    this.#server = new Server(SERVER_OPTIONS);
    this.#server.addService(ModuleServiceService, {
      message: (call: Call, done: sendUnaryData<MessageResponse>) => {
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
        if (error !== null)
          return reject(new Error(`gRPC cannot listen on ${address}: ${error.message}`, { cause: error }));
        this.#port = port;
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
        for (const call of this.#calls) call.abort(new TinyError('Transient', 'MODULE_UNREACHABLE', STOPPED));
        takeBack = clock.after(CLOSE_TIMEOUT_MS, () => {
          this.#server.forceShutdown();
          resolve();
        });
      });
      this.#server.tryShutdown(() => {
        takeBack();
        resolve();
      });
    });
    return this.#stopped;
  }

  async #answer(call: Call): Promise<MessageResponse> {
    const bytes = call.request.Payload.length;
    const abort = new AbortController();
    call.on('cancelled', () => {
      // grpc-js says so of every call when its status is sent; only one in work was cancelled.
      if (!this.#calls.has(abort)) return;
      abort.abort(new TinyError('Cancelled', 'CANCELLED', 'the calling module ended the call'));
    });
    this.#budget.take(bytes);
    this.#calls.add(abort);
    try {
      const message = messageOf(call, this.#options.clock);
      const reply = await this.#deliver(message, abort.signal);
      return { Data: encodeReply(reply, `the reply of ${formatAddress(message.to)}`) };
    } finally {
      this.#calls.delete(abort);
      this.#budget.give(bytes);
    }
  }

  #deliver(message: Message, parent: AbortSignal): Promise<Json | undefined> {
    const { deliver, authorise, clock } = this.#options;
    const chain = {
      clock,
      deadlineMs: message.deadlineMs,
      parent,
      what: `the call to ${formatAddress(message.to)}`,
    };
    return runChain(chain, async (signal) => {
      await authorise(message, signal);
      return deliver(message, signal);
    });
  }
}

const STOPPED = 'this replica of the module stopped before it answered';
/** How long connections may take to close once their calls have ended, milliseconds. */
const CLOSE_TIMEOUT_MS = 1000;

type Call = ServerUnaryCall<MessageRequest, MessageResponse>;

function messageOf(call: Call, clock: Clock): Message {
  const { From, To, Payload, EdgeID } = call.request;
  const to = parseAddress(To);
  if (to === undefined)
    throw new TinyError('Permanent', 'MESSAGE_INVALID', `To must be node:port, not ${JSON.stringify(To)}`);
  const traceparent = header(call, 'traceparent');
  const passed = header(call, 'x-message-passed');
  return {
    // Never undefined: that is what tells a TinySignal, which may reach system ports.
    from: parseAddress(From) ?? NOBODY,
    to,
    edgeId: EdgeID,
    data: decodeJson(Payload, `the payload for ${To}`),
    depth: depthOf(header(call, 'x-message-depth')),
    deadlineMs: deadlineOf(call, clock),
    trace: traceparent === undefined ? undefined : decodeTraceparent(traceparent),
    passed: passed === undefined ? undefined : decodePassed(passed),
  };
}

const NOBODY = { node: '', port: '' };

const SERVER_OPTIONS = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES + 64 * 1024,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES + 1024,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3000,
  'grpc.enable_channelz': 0,
};

function header(call: Call, name: string): string | undefined {
  const value = call.metadata.get(name)[0];
  return typeof value === 'string' ? value : undefined;
}

function depthOf(text: string | undefined): number {
  const depth = Number(text ?? 0);
  return Number.isSafeInteger(depth) && depth >= 0 ? depth : 0;
}

function deadlineOf(call: Call, clock: Clock): number {
  const deadline = call.getDeadline();
  const deadlineMs = deadline instanceof Date ? deadline.getTime() : deadline;
  return Number.isFinite(deadlineMs) ? deadlineMs : clock.now() + DEFAULT_CALL_TIMEOUT_MS;
}
