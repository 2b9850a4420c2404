import { Failure } from '@tinysystems/proto';
import { NO_TEXT } from './codec.ts';
import { type Call, type Frame, type Reply, emptyCall, emptyFrame } from './frame.ts';
import { ProtobufReader } from './protobuf-reader.ts';
import { FIELD_BYTES, ProtobufWriter, textBytes } from './protobuf-writer.ts';

/**
 * Writes and reads `Frame` of the proto several times faster than generated code: a frame is written into memory of its
 * size at once, JSON text straight into it and out of it, and names that come again are not made again.
 */
export class FrameCodec {
  readonly #writer = new ProtobufWriter();
  readonly #reader = new ProtobufReader();

  readonly encode = (frame: Frame): Buffer => {
    const failures = frame.failures.map((failure) => Failure.encode(failure).finish());
    const writer = this.#writer;
    writer.start(maxBytesOf(frame, failures));
    for (const call of frame.calls) this.#writeCall(call);
    for (const reply of frame.replies) this.#writeReply(reply);
    for (const failure of failures) writer.bytes(FRAME.failures, failure);
    for (const id of frame.cancels) writer.number(FRAME.cancels, id);
    writer.number(FRAME.credit, frame.credit);
    writer.number(FRAME.ping, frame.ping);
    writer.number(FRAME.pong, frame.pong);
    writer.number(FRAME.stopping, Number(frame.stopping));
    return writer.finish();
  };

  /** @throws Error when the bytes are no frame. */
  readonly decode = (bytes: Buffer): Frame => {
    try {
      return this.#readFrame(this.#reader.start(bytes));
    } finally {
      this.#reader.stop();
    }
  };

  #writeCall(call: Call): void {
    const writer = this.#writer;
    const start = writer.open(FRAME.calls);
    writer.number(CALL.id, call.id);
    writer.text(CALL.from, call.from);
    writer.text(CALL.to, call.to);
    writer.text(CALL.edgeId, call.edgeId);
    writer.json(CALL.payload, call.payload);
    writer.number(CALL.remainingMs, call.remainingMs);
    writer.number(CALL.depth, call.depth);
    writer.text(CALL.traceparent, call.traceparent);
    writer.text(CALL.passed, call.passed);
    writer.close(start);
  }

  #writeReply({ id, data }: Reply): void {
    const writer = this.#writer;
    const start = writer.open(FRAME.replies);
    writer.number(REPLY.id, id);
    writer.json(REPLY.data, data);
    writer.close(start);
  }

  #readFrame(end: number): Frame {
    const reader = this.#reader;
    const frame = emptyFrame();
    for (let field = reader.field(end); field !== 0; field = reader.field(end)) {
      if (field === FRAME.calls) frame.calls.push(this.#readCall(reader.open()));
      else if (field === FRAME.replies) frame.replies.push(this.#readReply(reader.open()));
      else if (field === FRAME.failures) frame.failures.push(Failure.decode(reader.bytes()));
      else if (field === FRAME.cancels) reader.numbers(frame.cancels);
      else if (field === FRAME.credit) frame.credit = reader.number();
      else if (field === FRAME.ping) frame.ping = reader.number();
      else if (field === FRAME.pong) frame.pong = reader.number();
      else if (field === FRAME.stopping) frame.stopping = reader.number() !== 0;
      else reader.skip();
    }
    return frame;
  }

  #readCall(end: number): Call {
    const reader = this.#reader;
    const call = emptyCall();
    for (let field = reader.field(end); field !== 0; field = reader.field(end)) {
      if (field === CALL.id) call.id = reader.number();
      else if (field === CALL.from) call.from = reader.name();
      else if (field === CALL.to) call.to = reader.name();
      else if (field === CALL.edgeId) call.edgeId = reader.name();
      else if (field === CALL.payload) call.payload = reader.json();
      else if (field === CALL.remainingMs) call.remainingMs = reader.number();
      else if (field === CALL.depth) call.depth = reader.number();
      else if (field === CALL.traceparent) call.traceparent = reader.text();
      else if (field === CALL.passed) call.passed = reader.name();
      else reader.skip();
    }
    return call;
  }

  #readReply(end: number): Reply {
    const reader = this.#reader;
    const reply: Reply = { id: 0, data: NO_TEXT };
    for (let field = reader.field(end); field !== 0; field = reader.field(end)) {
      if (field === REPLY.id) reply.id = reader.number();
      else if (field === REPLY.data) reply.data = reader.json();
      else reader.skip();
    }
    return reply;
  }
}

/** The numbers of the fields in `proto/module.proto`. */
const FRAME = {
  calls: 1,
  replies: 2,
  failures: 3,
  cancels: 4,
  credit: 5,
  ping: 6,
  pong: 7,
  stopping: 8,
} as const;
const CALL = {
  id: 1,
  from: 2,
  to: 3,
  edgeId: 4,
  payload: 5,
  remainingMs: 6,
  depth: 7,
  traceparent: 8,
  passed: 9,
} as const;
const REPLY = { id: 1, data: 2 } as const;
function maxBytesOf({ calls, replies, cancels }: Frame, failures: readonly Uint8Array[]): number {
  let bytes = (4 + cancels.length) * FIELD_BYTES;
  for (const { from, to, edgeId, payload, traceparent, passed } of calls) {
    const texts =
      textBytes(from) + textBytes(to) + textBytes(edgeId) + textBytes(traceparent) + textBytes(passed);
    bytes += 5 * FIELD_BYTES + texts + payload.bytes;
  }
  for (const { data } of replies) bytes += 3 * FIELD_BYTES + data.bytes;
  for (const failure of failures) bytes += FIELD_BYTES + failure.length;
  return bytes;
}
