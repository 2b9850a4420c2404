import type { ServerUnaryCall } from '@grpc/grpc-js';
import { type Clock, TinyError } from '@tinysystems/core';
import type { MessageRequest, MessageResponse } from '@tinysystems/proto';
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
  const abort = new AbortController();
  call.on('cancelled', () => {
    // grpc-js says so of every call when its status is sent; only one in work was cancelled.
    if (!intake.isRunning(abort)) return;
    abort.abort(new TinyError('Cancelled', 'CANCELLED', 'the calling module ended the call'));
  });
  const wire = {
    from: From,
    to: To,
    edgeId: EdgeID,
    payload: Payload,
    depth: depthOf(header(call, 'x-message-depth')),
    traceparent: header(call, 'traceparent'),
    passed: header(call, 'x-message-passed'),
  };
  const read = () => readMessage(wire, deadlineOf(call, clock));
  return { Data: await intake.run(Payload.length, { peer, abort, read }) };
}

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
