import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http';
import {
  type Charge,
  type Json,
  type Log,
  TinyError,
  type TraceContext,
  parseTraceparent,
} from '@tinysystems/sdk';
import { HttpFailure, toFailureResponse } from './failure.ts';
import { hasBody, readBody } from './read-body.ts';
import { type RequestMessage, toRequestMessage } from './request-message.ts';
import { type HttpResponse, type ResponseMessage, toHttpResponse } from './response-message.ts';
import type { StartWish } from './start-wish.ts';

/** How long and under which trace the flow is asked. */
export interface AskOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly trace: TraceContext | undefined;
  /** Told under which trace it goes on. */
  readonly onTrace: (trace: TraceContext) => void;
}

/** What every HTTP request of one node needs. */
export interface ExchangeOptions {
  /** Name of the TinyNode. */
  readonly node: string;
  readonly podName: string;
  readonly maxBodyBytes: () => number;
  readonly log: Log;
  /** For what a request takes of the module's budget. */
  readonly charge: () => Charge;
  /** Sends the message down the flow and takes its answer. */
  readonly ask: (message: RequestMessage, options: AskOptions) => Promise<ResponseMessage>;
}

/** Answers one HTTP request with what the flow answers; never leaves it unanswered, never throws. */
export async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  wish: StartWish,
  options: ExchangeOptions,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished)
      gone.abort(new TinyError('Cancelled', 'CANCELLED', 'the HTTP client went away'));
  });
  let traceId: string | undefined;
  // Not `using`, which takes longer than all that is charged here.
  const charge = options.charge();
  try {
    charge.add(headBytes(request));
    const body = hasBody(request)
      ? await readBody(request, { maxBytes: options.maxBodyBytes(), charge })
      : '';
    const context = (wish.context ?? null) as Json;
    const message = toRequestMessage(request, { body, context, podName: options.podName });
    const { traceparent } = request.headers;
    const answer = await options.ask(message, {
      timeoutMs: wish.writeTimeout * 1000,
      signal: gone.signal,
      trace: typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined,
      onTrace: (started) => (traceId = started.traceId),
    });
    write(response, toHttpResponse(answer), traceId);
  } catch (error) {
    if (!gone.signal.aborted) fail(response, { thrown: error, traceId }, options);
  } finally {
    charge[Symbol.dispose]();
  }
}

/** What the request line and the headers take. */
function headBytes({ url = '', rawHeaders }: IncomingMessage): number {
  let bytes = url.length;
  for (const text of rawHeaders) bytes += text.length;
  return bytes;
}

function write(
  response: ServerResponse,
  { statusCode, headers, body }: HttpResponse,
  traceId: string | undefined,
): void {
  const lines = [...headers] as OutgoingHttpHeader[];
  if (traceId !== undefined && !hasTraceId(headers)) lines.push('X-Trace-Id', traceId);
  if (statusCode !== 204 && statusCode !== 304) lines.push('Content-Length', String(Buffer.byteLength(body)));
  response.writeHead(statusCode, lines);
  response.end(statusCode === 204 || statusCode === 304 ? undefined : body);
}

/** The flow answers with one of its own, e.g. because it passes on the answer of another server. */
function hasTraceId(headers: readonly OutgoingHttpHeader[]): boolean {
  return headers.some((text, index) => index % 2 === 0 && String(text).toLowerCase() === 'x-trace-id');
}

function fail(
  response: ServerResponse,
  { thrown, traceId }: { readonly thrown: unknown; readonly traceId: string | undefined },
  { node, log }: ExchangeOptions,
): void {
  const isKnown = thrown instanceof HttpFailure || TinyError.is(thrown);
  const error = isKnown ? thrown : unexpected(thrown);
  if (isKnown) log.debug({ node, traceId, code: error.code, err: error }, 'an HTTP request failed');
  else log.error({ node, traceId, code: error.code, err: thrown }, 'an HTTP request failed unexpectedly');
  if (response.headersSent) {
    response.destroy();
    return;
  }
  write(response, toFailureResponse(error, node), traceId);
}

function unexpected(thrown: unknown): TinyError {
  return new TinyError('Permanent', 'http-module.INTERNAL', 'the request could not be answered', {
    cause: thrown,
  });
}
