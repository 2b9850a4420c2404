import type { ServerResponse } from 'node:http';

import type { JsonObject } from '../json.ts';
import { writeJson } from '../exact-json.ts';

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject | string;
  /** Already written JSON comes as a string with its own type. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** An answer that goes on: takes over the response and returns when it has ended it. */
export type Stream = (response: ServerResponse) => Promise<void>;

/** What a handler gives back. */
export type Reply = Answer | Stream;

export function json(body: JsonObject | string, status = 200): Answer {
  return { status, body, contentType: 'application/json' };
}

export function text(body: string, status = 200): Answer {
  return { status, body, contentType: 'text/plain; charset=utf-8' };
}

/** What a real server says for a path that it does not know at all. */
export function pageNotFound(): Answer {
  return text('404 page not found\n', 404);
}

/** What a real server says to whoever asks more than it can do. */
export function tooManyRequests(): Answer {
  const answer = text('Too many requests, please try again later.\n', 429);
  return { ...answer, headers: { 'Retry-After': '1', 'X-Content-Type-Options': 'nosniff' } };
}

/** Writes an answer; `isPretty` indents JSON. */
export function writeAnswer(
  response: ServerResponse,
  answer: Answer,
  options: { readonly isPretty: boolean; readonly isHead: boolean },
): void {
  const { status, body, contentType = 'application/json' } = answer;
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    response.setHeader(name, typeof value === 'string' ? value : [...value]);
  }
  response.setHeader('Cache-Control', 'no-cache, private');
  if (status === 204 || status === 304) {
    // There is no content; for 304, any header of it would replace that which the client has kept.
    response.writeHead(status).end();
    return;
  }
  const indent = options.isPretty ? 2 : undefined;
  const content = typeof body === 'string' ? body : `${writeJson(body, indent)}\n`;
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(content) });
  response.end(options.isHead ? undefined : content);
}
