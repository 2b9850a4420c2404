import { type ClientDuplexStream, type StatusObject, status } from '@grpc/grpc-js';
import { type Clock, TinyError, cancelled } from '@tinysystems/core';
import type { Failure } from '@tinysystems/proto';
import { CallQueue, lateFor } from './call-queue.ts';
import { fromFailure } from './failure.ts';
import type { Frame } from './frame.ts';
import { Heartbeat } from './heartbeat.ts';
import { MAX_FRAME_ENTRIES, Outbox } from './outbox.ts';
import { type OutgoingCall, UnsentError } from './outgoing-call.ts';
import { writeMessage } from './wire-message.ts';

/** What a client's stream works with. */
export interface ClientStreamOptions {
  readonly stream: Pick<ClientDuplexStream<Frame, Frame>, 'write' | 'end' | 'cancel' | 'on'>;
  /** What error texts call the other side. */
  readonly peer: string;
  readonly clock: Clock;
  /** The peer takes calls. */
  readonly onReady: () => void;
  /** The failure of calls that were not written when the stream ended. Default: the peer takes no calls. */
  readonly failureOf?: (end: Partial<StatusObject>) => TinyError;
  /** The stream has ended, and every call on it. */
  readonly onEnd: (status: Partial<StatusObject>) => void;
}

/** The calling side of one stream: many calls at once, in batches, within the credit that the server gives. */
export class ClientStream {
  readonly #options: ClientStreamOptions;
  readonly #queue: CallQueue;
  readonly #outbox: Outbox;
  readonly #heartbeat: Heartbeat;
  /** Written and not answered yet. */
  readonly #calls = new Map<number, OutgoingCall>();
  #lastId = 0;
  #credit = 0;
  #pings = 0;
  #isReady = false;
  #isFinishing = false;
  #isEnded = false;

  constructor(options: ClientStreamOptions) {
    this.#options = options;
    const { stream, clock } = options;
    this.#queue = new CallQueue(clock);
    this.#outbox = new Outbox(stream, () => this.#send());
    this.#heartbeat = new Heartbeat({
      clock,
      onBeat: () => this.#beat(),
      onSilent: () => this.#silent(),
    });
  }

  /** Listens to the stream. */
  open(): void {
    const { stream } = this.#options;
    stream.on('data', (frame: Frame) => this.#receive(frame));
    stream.on('status', (end: StatusObject) => this.#end(end));
    stream.on('error', (end: Error & Partial<StatusObject>) => this.#end(end));
    this.#heartbeat.start();
  }

  /** Whether the peer has said that it takes calls, and not that it stops. */
  get isReady(): boolean {
    return this.#isReady && !this.#isFinishing;
  }

  get inFlight(): number {
    return this.#calls.size + this.#queue.size;
  }

  /** How many of those in flight are not written yet. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Sends a call when there is credit for it. @throws TinyError `Overloaded` when too many wait; `UnsentError`. */
  send(call: OutgoingCall): void {
    if (this.#isFinishing || this.#isEnded) throw new UnsentError(this.#stopped('it stops'));
    this.#queue.add(call);
    if (this.#queue.size >= MAX_FRAME_ENTRIES) this.#send();
    else this.#outbox.schedule();
  }

  /** The signal of a call ended: it fails, and its chain is aborted at the peer. */
  cancel(call: OutgoingCall): void {
    if (!this.#queue.delete(call) && this.#calls.delete(call.id)) this.#outbox.cancel(call.id);
    call.fail(cancelled(call.signal));
    this.#endWhenIdle();
  }

  /** Takes no new calls, and ends when the last one has ended. */
  finish(): void {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    this.#endWhenIdle();
  }

  /** Ends at once: all calls fail. */
  abort(error: TinyError): void {
    this.#failAll(error, error);
    this.#options.stream.cancel();
    this.#end({ details: error.message });
  }

  #receive(frame: Frame): void {
    if (this.#isEnded) return;
    this.#heartbeat.heard();
    for (const { id, data } of frame.replies) this.#take(id)?.succeed(data);
    for (const failure of frame.failures) this.#take(failure.id)?.fail(this.#errorOf(failure));
    if (frame.credit > 0) this.#credited(frame.credit);
    if (frame.ping > 0) this.#outbox.pong(frame.ping);
    if (frame.stopping) this.#peerStops();
    this.#endWhenIdle();
  }

  #take(id: number): OutgoingCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  #errorOf(failure: Failure): Error {
    const error = fromFailure(failure);
    return failure.unstarted ? new UnsentError(error) : error;
  }

  #credited(bytes: number): void {
    this.#credit += bytes;
    if (this.#queue.size > 0) this.#outbox.schedule();
    if (this.#isReady) return;
    this.#isReady = true;
    this.#options.onReady();
  }

  /** Writes the calls that wait, as far as credit and stream allow. */
  #send(): void {
    if (this.#isEnded) return;
    for (let call = this.#queue.first; call !== undefined; call = this.#queue.first) {
      if (this.#outbox.isBlocked || call.payload.bytes > this.#credit || !this.#isReady) break;
      this.#queue.delete(call);
      this.#write(call);
    }
    if (this.#queue.size > 0) this.#queue.watchDeadlines();
  }

  #write(call: OutgoingCall): void {
    const { message, payload } = call;
    const remainingMs = message.deadlineMs - this.#options.clock.now();
    if (remainingMs <= 0) return call.fail(lateFor(call));
    const entry = writeMessage(message, payload);
    const textBytes = 3 * (entry.from.length + entry.to.length + entry.edgeId.length) + entry.passed.length;
    if (textBytes > MAX_TEXT_BYTES) return call.fail(NAMES_TOO_LONG);
    entry.id = call.id = this.#nextId();
    entry.remainingMs = Math.min(Math.ceil(remainingMs), MAX_REMAINING_MS);
    this.#calls.set(call.id, call);
    this.#credit -= payload.bytes;
    this.#outbox.call(entry, payload.bytes + textBytes);
  }

  /** Numbers come again after 4 billion calls, but not one that is in use. */
  #nextId(): number {
    do this.#lastId = (this.#lastId + 1) >>> 0;
    while (this.#lastId === 0 || this.#calls.has(this.#lastId));
    return this.#lastId;
  }

  /** The server ends the calls in time; this is for one that does not. */
  #beat(): void {
    this.#pings = (this.#pings % MAX_REMAINING_MS) + 1;
    this.#outbox.ping(this.#pings);
    const lateMs = this.#options.clock.now() - LATE_MS;
    for (const call of this.#calls.values()) {
      if (call.message.deadlineMs > lateMs) continue;
      this.#calls.delete(call.id);
      this.#outbox.cancel(call.id);
      call.fail(lateFor(call));
    }
  }

  #silent(): void {
    this.#options.stream.cancel();
    this.#end({ details: 'it was silent for 15 seconds' });
  }

  #peerStops(): void {
    this.#isFinishing = true;
    this.#failQueued(new UnsentError(this.#stopped('it stops')));
  }

  #endWhenIdle(): void {
    if (!this.#isFinishing || this.#isEnded || this.inFlight > 0) return;
    if (this.#isReady) this.#outbox.end();
    else this.#options.stream.cancel();
  }

  #end(end: Partial<StatusObject>): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#outbox.close();
    this.#heartbeat[Symbol.dispose]();
    const { peer, onEnd, failureOf } = this.#options;
    const why = end.details ?? 'the stream ended';
    const failure = failureOf?.(end) ?? this.#stopped(why);
    onEnd(end);
    const lost = `the connection to ${peer} ended before the answer came: ${why}`;
    const isUnknown = end.code === status.UNIMPLEMENTED;
    this.#failAll(
      new TinyError('Transient', 'MODULE_UNREACHABLE', lost),
      new UnsentError(failure, { isWorthAnother: isUnknown }),
    );
  }

  #failAll(written: Error, queued: Error): void {
    for (const call of this.#calls.values()) call.fail(written);
    this.#calls.clear();
    this.#failQueued(queued);
  }

  #failQueued(error: Error): void {
    for (let call = this.#queue.first; call !== undefined; call = this.#queue.first) {
      this.#queue.delete(call);
      call.fail(error);
    }
  }

  #stopped(why: string): TinyError {
    const text = `${this.#options.peer} takes no calls: ${why}`;
    return new TinyError('Transient', 'MODULE_UNREACHABLE', text);
  }
}

/** The longest time the wire has room for, milliseconds. */
const MAX_REMAINING_MS = 2 ** 31 - 1;
/** What a call may have of names, so that a frame stays below the limit of gRPC messages. */
const MAX_TEXT_BYTES = 64 * 1024;
const NAMES_TOO_LONG = new TinyError(
  'Permanent',
  'MESSAGE_TOO_LARGE',
  `the addresses and the edge id of a call have more than ${MAX_TEXT_BYTES} bytes: shorten them`,
);
/** How long after its deadline a call is given up that the peer should have ended, milliseconds. */
const LATE_MS = 1000;
