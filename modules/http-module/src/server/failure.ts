import type { OutgoingHttpHeader } from 'node:http';
import type { TinyError } from '@tinysystems/sdk';

/** A request that is refused before the flow sees it. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly statusCode: number;
  readonly code: string;

  constructor(statusCode: number, code: string, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.statusCode = statusCode;
    this.code = code;
  }
}

/** An answer that says what went wrong. */
export interface FailureResponse {
  readonly statusCode: number;
  readonly headers: readonly OutgoingHttpHeader[];
  readonly body: string;
}

const STATUS_OF_KIND: Readonly<Record<TinyError['kind'], number>> = {
  Overloaded: 429,
  Timeout: 504,
  Transient: 503,
  Cancelled: 503,
  Permanent: 500,
};
const DEFAULT_RETRY_AFTER_MS = 1000;

/** The answer to a request that was refused, or whose flow failed. */
export function toFailureResponse(error: HttpFailure | TinyError, node: string): FailureResponse {
  const headers: OutgoingHttpHeader[] = ['Content-Type', 'application/json'];
  if (error instanceof HttpFailure)
    return { statusCode: error.statusCode, headers, body: bodyOf(error.code, error.message) };
  const { kind, code, retryAfterMs = kind === 'Overloaded' ? DEFAULT_RETRY_AFTER_MS : undefined } = error;
  if (retryAfterMs !== undefined)
    headers.push('Retry-After', String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  return {
    statusCode: STATUS_OF_KIND[kind],
    headers,
    body: bodyOf(code, code === 'REPLY_MISSING' ? noAnswer(node, error) : error.message),
  };
}

function bodyOf(code: string, message: string): string {
  return JSON.stringify({ error: { code, message } });
}

function noAnswer(node: string, error: TinyError): string {
  return `the flow gave no answer: no edge leads back to port response of node ${node} (${error.message})`;
}
