import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { Message } from '@tinysystems/core';
import type { ModuleServiceClient } from '@tinysystems/proto';
import { type JsonText, jsonTextFromBytes } from './codec.ts';
import { UnsentError } from './outgoing-call.ts';
import { fromStatus } from './status.ts';
import { writeMessage } from './wire-message.ts';

/** The most calls of one connection at once: a replica needs one stream, others may make single calls. */
export const MAX_CONCURRENT_STREAMS = 1024;
/** The most single calls in flight to one replica. One more would wait unseen for a stream that others hold. */
export const MAX_SINGLE_CALLS = MAX_CONCURRENT_STREAMS - 24;

/** What a single call works with. */
export interface CallUnaryOptions {
  readonly client: ModuleServiceClient;
  /** What error texts call the other side. */
  readonly peer: string;
  readonly signal: AbortSignal;
}

/**
 * Makes a single call, as a peer without streams takes it.
 *
 * @returns the reply; `NO_TEXT`: nobody replied.
 * @throws TinyError; `UnsentError` when there was no connection.
 */
export function callUnary(
  message: Message,
  payload: JsonText,
  { client, peer, signal }: CallUnaryOptions,
): Promise<JsonText> {
  const { from, to, edgeId, depth, traceparent, passed } = writeMessage(message, payload);
  const request = { ID: '', From: from, To: to, Payload: Buffer.from(payload.text), EdgeID: edgeId };
  const metadata = new Metadata();
  metadata.set('x-message-depth', String(depth));
  if (traceparent !== '') metadata.set('traceparent', traceparent);
  if (passed !== '') metadata.set('x-message-passed', passed);
  return new Promise((resolve, reject) => {
    const onAbort = () => call.cancel();
    const call = client.message(request, metadata, { deadline: message.deadlineMs }, (error, response) => {
      signal.removeEventListener('abort', onAbort);
      if (error === null) return resolve(jsonTextFromBytes(response.Data));
      const failure = fromStatus(error, peer);
      reject(wasNeverSent(error) ? new UnsentError(failure) : failure);
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** The call failed before a connection existed. */
function wasNeverSent({ code, details }: ServiceError): boolean {
  return (
    code === status.UNAVAILABLE &&
    /^(No connection established|Channel closed before call started)/.test(details)
  );
}
