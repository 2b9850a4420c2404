import type { ServerUnaryCall } from '@grpc/grpc-js';
import { type Clock, TinyError } from '@tinysystems/core';
import type { MessageRequest, MessageResponse } from '@tinysystems/proto';
import { encodeReply, jsonTextFromBytes } from './codec.ts';
import type { Intake } from './intake.ts';
import type { PeerGate } from './peer.ts';
import { DEFAULT_CALL_TIMEOUT_MS } from './server-stream.ts';
import { readMessage } from './wire-message.ts';

type UnaryCall = ServerUnaryCall<MessageRequest, MessageResponse>;

/** What answering a single call works with. */
export interface AnswerUnaryOptions {
  readonly intake: Intake;
  readonly gate: PeerGate;
  readonly clock: Clock;
}

/** Answers a single call, as foreign clients make it. */
export async function answerUnary(
  call: UnaryCall,
  { intake, gate, clock }: AnswerUnaryOptions,
): Promise<MessageResponse> {
  const peer = gate.admit(call);
  const { From, To, Payload, EdgeID } = call.request;
  const payload = jsonTextFromBytes(Payload);
  const wire = {
    from: From,
    to: To,
    edgeId: EdgeID,
    payload,
    depth: depthOf(header(call, 'x-message-depth')),
    traceparent: header(call, 'traceparent'),
    passed: header(call, 'x-message-passed'),
  };
  const read = () => readMessage(wire, deadlineOf(call, clock));
  const begun = intake.begin({ peer, bytes: payload.bytes, read });
  // grpc-js says so of every call when its status is sent; one that has ended does not care.
  call.on('cancelled', () => begun.end(CALLER_LEFT));
  const { text } = encodeReply(await begun.answer, () => `the reply of ${To}`);
  return { Data: Buffer.from(text) };
}

const CALLER_LEFT = new TinyError('Cancelled', 'CANCELLED', 'the calling module ended the call');

function header(call: UnaryCall, name: string): string {
  const value = call.metadata.get(name)[0];
  return typeof value === 'string' ? value : '';
}

function depthOf(text: string): number {
  const depth = Number(text);
  return Number.isSafeInteger(depth) && depth >= 0 ? depth : 0;
}

function deadlineOf(call: UnaryCall, clock: Clock): number {
  const deadline = call.getDeadline();
  const deadlineMs = deadline instanceof Date ? deadline.getTime() : deadline;
  return Number.isFinite(deadlineMs) ? deadlineMs : clock.now() + DEFAULT_CALL_TIMEOUT_MS;
}
