import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import {
  type Clock,
  type Json,
  MAX_IN_FLIGHT_BYTES,
  MAX_MESSAGE_BYTES,
  TinyError,
  toTinyError,
} from '@tinysystems/core';
import { type JsonText, encodeReply } from './codec.ts';
import { bytesOf, toFailure } from './failure.ts';
import type { Call, Frame } from './frame.ts';
import { Heartbeat } from './heartbeat.ts';
import type { IncomingCall, Intake } from './intake.ts';
import { Outbox } from './outbox.ts';
import type { Peer } from './peer.ts';
import { readMessage } from './wire-message.ts';

/** The most payload that a client may have sent and this side not taken off the stream, bytes. */
export const CREDIT_BYTES = 2 * MAX_MESSAGE_BYTES;
/** The time of a call that brings no deadline, milliseconds. */
export const DEFAULT_CALL_TIMEOUT_MS = 60_000;

/** What a server's stream works with. */
export interface ServerStreamOptions {
  readonly stream: Pick<ServerDuplexStream<Frame, Frame>, 'write' | 'end' | 'emit' | 'on'>;
  /** Who calls. */
  readonly peer: Peer;
  readonly intake: Intake;
  readonly clock: Clock;
  /** The stream has ended, and every chain that came over it. */
  readonly onEnd: () => void;
}

/** The answering side of one stream. */
export class ServerStream {
  readonly #options: ServerStreamOptions;
  readonly #outbox: Outbox;
  readonly #heartbeat: Heartbeat;
  readonly #calls = new Map<number, IncomingCall>();
  #isStopping = false;
  #isClientDone = false;
  #isEnded = false;

  constructor(options: ServerStreamOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.stream);
    this.#heartbeat = new Heartbeat({
      clock: options.clock,
      onSilent: () => this.#refuse(status.UNAVAILABLE, 'the client was silent for 15 seconds'),
    });
  }

  /** Listens to the stream, and gives the first credit. */
  open(): void {
    const { stream } = this.#options;
    stream.on('data', (frame: Frame) => this.#receive(frame));
    stream.on('end', () => {
      this.#isClientDone = true;
      this.#heartbeat[Symbol.dispose](); // it cannot ping any more
      this.#endWhenIdle();
    });
    stream.on('finish', () => this.#end());
    stream.on('cancelled', () => this.#end());
    stream.on('error', () => this.#end());
    this.#heartbeat.start();
    this.#outbox.credit(CREDIT_BYTES);
  }

  /** Begins no more calls. The client ends the stream when it has the answers of all that are in work. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#outbox.stopping();
  }

  /** Ends the stream and all its chains at once. */
  abort(): void {
    this.#refuse(status.UNAVAILABLE, STOPS.message);
  }

  #receive(frame: Frame): void {
    if (this.#isEnded) return;
    this.#heartbeat.heard();
    let takenBytes = 0;
    for (const call of frame.calls) {
      if (this.#calls.has(call.id))
        return this.#refuse(status.INVALID_ARGUMENT, `there are two calls ${call.id}`);
      takenBytes += call.payload.bytes;
      this.#begin(call);
    }
    for (const id of frame.cancels) this.#cancel(id);
    if (takenBytes > 0) this.#outbox.credit(takenBytes);
    if (frame.ping > 0) this.#outbox.pong(frame.ping);
  }

  #begin(call: Call): void {
    const { id, payload, remainingMs } = call;
    if (this.#isStopping) return this.#fail(id, STOPS, true);
    const { intake, peer, clock } = this.#options;
    const deadlineMs = clock.now() + (remainingMs || DEFAULT_CALL_TIMEOUT_MS);
    try {
      const begun = intake.begin({ peer, bytes: payload.bytes, read: () => readMessage(call, deadlineMs) });
      this.#calls.set(id, begun);
      const { to } = call;
      begun.answer.then(
        (reply) => this.#answer(id, reply, to),
        (error: unknown) => this.#answerFailed(id, error),
      );
    } catch (error) {
      this.#fail(id, toTinyError(error));
    }
  }

  /** What the client has not taken yet. */
  get unreadBytes(): number {
    return this.#outbox.bytes;
  }

  #answer(id: number, reply: Json | undefined, from: string): void {
    if (!this.#calls.delete(id)) return;
    try {
      this.#reply(
        id,
        encodeReply(reply, () => `the reply of ${from}`),
      );
    } catch (error) {
      this.#fail(id, toTinyError(error));
    }
    this.#endWhenIdle();
  }

  #answerFailed(id: number, error: unknown): void {
    if (!this.#calls.delete(id)) return;
    this.#fail(id, toTinyError(error));
    this.#endWhenIdle();
  }

  #reply(id: number, data: JsonText): void {
    const waitingBytes = this.#outbox.bytes;
    if (waitingBytes > 0 && waitingBytes + data.bytes > MAX_IN_FLIGHT_BYTES) return this.#fail(id, UNREAD);
    this.#outbox.reply({ id, data });
  }

  #fail(id: number, error: TinyError, isUnstarted = false): void {
    const failure = toFailure(id, error, isUnstarted);
    this.#outbox.failure(failure, bytesOf(failure));
  }

  #cancel(id: number): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    call?.end(LEFT);
    this.#endWhenIdle();
  }

  #endWhenIdle(): void {
    if (this.#isClientDone && this.#calls.size === 0) this.#outbox.end();
  }

  /** Ends the stream with an error: all of its calls fail at the client. */
  #refuse(code: status, details: string): void {
    this.#options.stream.emit('error', { code, details });
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#outbox.close();
    this.#heartbeat[Symbol.dispose]();
    for (const call of this.#calls.values()) call.end(LEFT);
    this.#calls.clear();
    this.#options.onEnd();
  }
}

const STOPS = new TinyError('Transient', 'MODULE_UNREACHABLE', 'this replica of the module stops');
const LEFT = new TinyError('Cancelled', 'CANCELLED', 'the calling module ended the call');
const UNREAD = new TinyError(
  'Overloaded',
  'QUEUE_FULL',
  `the calling module left ${MAX_IN_FLIGHT_BYTES} bytes of replies unread`,
  { retryAfterMs: 1000 },
);
