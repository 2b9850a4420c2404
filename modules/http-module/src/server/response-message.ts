import { type OutgoingHttpHeader, validateHeaderName, validateHeaderValue } from 'node:http';
import { type Immutable, TinyError, stringifyJson, z } from '@tinysystems/sdk';
import { type Header, headerList } from '../headers.ts';

/** What the flow answers an HTTP request with. */
export const responseMessage = z.object({
  statusCode: z
    .int()
    .min(0)
    .max(599)
    .default(200)
    .meta({ title: 'Status', description: '200 to 599; 0 means 200.' }),
  contentType: z
    .string()
    .optional()
    .meta({
      title: 'Content type',
      description: 'Default: application/json, for a text body text/plain. Wins over a header of that name.',
      examples: ['application/json', 'application/xml', 'text/xml', 'text/html', 'text/plain'],
    }),
  headers: headerList.default([]),
  body: z.unknown().optional().meta({
    title: 'Body',
    description: 'Text is sent as it is, anything else as JSON.',
    configurable: true,
  }),
});

/** A response message, defaults filled in. */
export type ResponseMessage = Immutable<z.output<typeof responseMessage>>;

/** An answer as Node writes it. */
export interface HttpResponse {
  readonly statusCode: number;
  /** Names and values in turn. */
  readonly headers: readonly OutgoingHttpHeader[];
  readonly body: string;
}

/** Headers that belong to the connection, not to the answer; Content-Length follows from the body. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** @throws TinyError `Permanent`/`http-module.RESPONSE_INVALID` for what HTTP cannot say. */
export function toHttpResponse({ statusCode, contentType, headers, body }: ResponseMessage): HttpResponse {
  const status = statusCode === 0 ? 200 : statusCode;
  if (status < 200) throw invalid(`statusCode ${status} is not in 200..599`);
  const lines: OutgoingHttpHeader[] = [];
  let hasType = contentType !== undefined && contentType !== '';
  if (hasType) addHeader(lines, { key: 'Content-Type', value: contentType as string });
  for (const header of headers) {
    const isType = header.key.toLowerCase() === 'content-type';
    if (isType && hasType) continue;
    hasType ||= isType;
    addHeader(lines, header);
  }
  if (body === undefined || body === null) return { statusCode: status, headers: lines, body: '' };
  const isText = typeof body === 'string';
  if (!hasType) lines.push('Content-Type', isText ? 'text/plain; charset=utf-8' : 'application/json');
  return { statusCode: status, headers: lines, body: isText ? body : stringifyJson(body) };
}

function addHeader(lines: OutgoingHttpHeader[], { key, value }: Header): void {
  if (CONNECTION_HEADERS.has(key.toLowerCase())) {
    throw invalid(`header ${key} belongs to the connection and is set by the server: leave it out`);
  }
  try {
    validateHeaderName(key);
    validateHeaderValue(key, value);
  } catch (cause) {
    throw invalid(`header ${JSON.stringify(key)} cannot be sent: ${(cause as Error).message}`, cause);
  }
  lines.push(key, value);
}

function invalid(problem: string, cause?: unknown): TinyError {
  return new TinyError(
    'Permanent',
    'http-module.RESPONSE_INVALID',
    `the answer to the HTTP request is not valid: ${problem}`,
    { cause },
  );
}
