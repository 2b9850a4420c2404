import type { ServiceDefinition } from '@grpc/grpc-js';
import { type Fields, type Schema, decode, encode } from './wire-schema.ts';

/** What a version of the wire knows. The tables are frozen: they are what other versions were built with. */
export interface WireVersion {
  readonly name: string;
  readonly frame: Schema;
  readonly request: Schema;
  readonly response: Schema;
}

const reply: Schema = { id: { no: 1, type: 'uint32' }, data: { no: 2, type: 'bytes' } };
const oldFailure: Schema = {
  id: { no: 1, type: 'uint32' },
  kind: { no: 2, type: 'string' },
  code: { no: 3, type: 'string' },
  message: { no: 4, type: 'string' },
};
const branch: Schema = { ...oldFailure, retryAfterMs: { no: 5, type: 'uint32', hasPresence: true } };
const failure: Schema = {
  ...branch,
  branches: { no: 6, type: branch, isRepeated: true },
  unstarted: { no: 7, type: 'bool' },
  failedAt: { no: 8, type: 'string' },
};
const oldCall: Schema = {
  id: { no: 1, type: 'uint32' },
  from: { no: 2, type: 'string' },
  to: { no: 3, type: 'string' },
  edgeId: { no: 4, type: 'string' },
  payload: { no: 5, type: 'bytes' },
};
const call: Schema = {
  ...oldCall,
  remainingMs: { no: 6, type: 'uint32' },
  depth: { no: 7, type: 'uint32' },
  traceparent: { no: 8, type: 'string' },
  passed: { no: 9, type: 'string' },
};

function frameOf(calls: Schema, replies: Schema, failures: Schema): Schema {
  return {
    calls: { no: 1, type: calls, isRepeated: true },
    replies: { no: 2, type: replies, isRepeated: true },
    failures: { no: 3, type: failures, isRepeated: true },
    cancels: { no: 4, type: 'uint32', isRepeated: true },
    credit: { no: 5, type: 'uint32' },
    ping: { no: 6, type: 'uint32' },
    pong: { no: 7, type: 'uint32' },
  };
}

const request: Schema = {
  ID: { no: 1, type: 'string' },
  From: { no: 2, type: 'string' },
  To: { no: 3, type: 'string' },
  Payload: { no: 4, type: 'bytes' },
  EdgeID: { no: 5, type: 'string' },
};
const response: Schema = { Data: { no: 1, type: 'bytes' } };

/** As it is in 0.1. */
export const PRESENT: WireVersion = {
  name: 'present',
  frame: { ...frameOf(call, reply, failure), stopping: { no: 8, type: 'bool' } },
  request,
  response,
};

/** One that has not what was added last: stopping, passed nodes, traces, deadlines, delays, branches, what was not begun. */
export const PAST: WireVersion = {
  name: 'past',
  frame: frameOf(oldCall, reply, oldFailure),
  request,
  response,
};

/** One that has more in every message, and entries that nobody knows yet. */
export const FUTURE: WireVersion = {
  name: 'future',
  frame: {
    ...frameOf(
      { ...call, tenant: { no: 20, type: 'string' }, weight: { no: 21, type: 'uint32' } },
      { ...reply, cost: { no: 20, type: 'bytes' } },
      { ...failure, advice: { no: 20, type: 'string' } },
    ),
    stopping: { no: 8, type: 'bool' },
    epoch: { no: 20, type: 'uint32' },
    hints: { no: 21, type: { hint: { no: 1, type: 'string' } }, isRepeated: true },
  },
  request: { ...request, Tenant: { no: 20, type: 'string' } },
  response: { ...response, Cost: { no: 20, type: 'uint32' } },
};

/** What a future version adds to whatever it sends. */
export const FROM_THE_FUTURE: Fields = { epoch: 7, hints: [{ hint: 'faster' }, { hint: '' }] };

/** The gRPC service of a version. */
export function serviceOf({ frame, request: asked, response: answered }: WireVersion) {
  const coder = (schema: Schema) =>
    [(message: Fields) => encode(message, schema), (bytes: Buffer) => decode(bytes, schema)] as const;
  const [writeFrame, readFrame] = coder(frame);
  const [writeRequest, readRequest] = coder(asked);
  const [writeResponse, readResponse] = coder(answered);
  return {
    connect: {
      path: '/module.ModuleService/Connect',
      requestStream: true,
      responseStream: true,
      requestSerialize: writeFrame,
      requestDeserialize: readFrame,
      responseSerialize: writeFrame,
      responseDeserialize: readFrame,
    },
    message: {
      path: '/module.ModuleService/Message',
      requestStream: false,
      responseStream: false,
      requestSerialize: writeRequest,
      requestDeserialize: readRequest,
      responseSerialize: writeResponse,
      responseDeserialize: readResponse,
    },
  } satisfies ServiceDefinition;
}
