import type { IncomingMessage } from 'node:http';
import { type Immutable, type Json, z } from '@tinysystems/sdk';
import { headerList, headersFromRaw } from '../headers.ts';
import { HttpFailure } from './failure.ts';

/** What `http_server` emits for each HTTP request. */
export const requestMessage = z.object({
  context: z
    .unknown()
    .meta({ title: 'Context', description: 'Of the start message.', configurable: true, shared: true }),
  method: z.string().meta({ title: 'Method', examples: ['GET'] }),
  path: z
    .string()
    .meta({ title: 'Path', description: 'Decoded, without the query.', examples: ['/hello/ada'] }),
  pathSegments: z.array(z.string()).meta({ title: 'Path segments', examples: [['hello', 'ada']] }),
  requestURI: z
    .string()
    .meta({ title: 'Request URI', description: 'As sent, with the query.', examples: ['/hello/ada?a=1'] }),
  requestParams: z
    .record(z.string(), z.array(z.string()))
    .meta({ title: 'Query', description: 'Each name has the list of its values.', examples: [{ a: ['1'] }] }),
  host: z.string().meta({ title: 'Host', examples: ['example.org'] }),
  realIP: z
    .string()
    .meta({ title: 'Client address', description: 'Believes X-Real-IP and X-Forwarded-For.' }),
  headers: headerList,
  body: z.string().meta({ title: 'Body' }),
  scheme: z.string().meta({ title: 'Scheme', examples: ['http'] }),
  podName: z.string().meta({ title: 'Pod' }),
});

/** A request message. */
export type RequestMessage = Immutable<z.output<typeof requestMessage>>;

/** What the server adds to what the client sent. */
export interface RequestSurroundings {
  readonly body: string;
  readonly context: Json;
  readonly podName: string;
}

/** Makes the message of one HTTP request. @throws HttpFailure 400 for a path that cannot be decoded. */
export function toRequestMessage(
  request: IncomingMessage,
  { body, context, podName }: RequestSurroundings,
): RequestMessage {
  const requestURI = request.url ?? '/';
  const target = requestURI.startsWith('/') ? requestURI : originForm(requestURI);
  const queryAt = target.indexOf('?');
  const rawPath = queryAt < 0 ? target : target.slice(0, queryAt);
  const segments = decodeSegments(rawPath);
  const { headers } = request;
  return {
    context,
    method: request.method ?? 'GET',
    path: rawPath.includes('%') ? segments.join('/') : rawPath,
    pathSegments: segments.filter((segment) => segment !== ''),
    requestURI,
    requestParams: queryAt < 0 ? NO_PARAMETERS : readQuery(target.slice(queryAt + 1)),
    host: headers.host ?? '',
    realIP:
      firstOf(headers['x-real-ip']) ??
      firstOf(headers['x-forwarded-for']) ??
      plainAddress(request.socket.remoteAddress),
    headers: headersFromRaw(request.rawHeaders),
    body,
    scheme: firstOf(headers['x-forwarded-proto']) === 'https' ? 'https' : 'http',
    podName,
  };
}

const NO_PARAMETERS: Readonly<Record<string, string[]>> = Object.freeze({});

/** Each part of the path decoded by itself, so that an encoded slash stays within its part. */
function decodeSegments(rawPath: string): readonly string[] {
  const segments = rawPath.split('/');
  if (!rawPath.includes('%')) return segments;
  try {
    return segments.map(decodeURIComponent);
  } catch (error) {
    throw new HttpFailure(400, 'http-module.PATH_INVALID', 'the path holds an escape that is none', {
      cause: error,
    });
  }
}

function readQuery(query: string): Record<string, string[]> {
  return IS_ENCODED.test(query) ? readEncodedQuery(query) : readPlainQuery(query);
}

/** What a query has that must be decoded, or a parameter that cannot be assigned. */
const IS_ENCODED = /^\?|[%+]|__proto__/;

function readPlainQuery(query: string): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const part of query.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = at < 0 ? part : part.slice(0, at);
    const value = at < 0 ? '' : part.slice(at + 1);
    const known = Object.hasOwn(values, name) ? values[name] : undefined;
    if (known === undefined) values[name] = [value];
    else known.push(value);
  }
  return values;
}

function readEncodedQuery(query: string): Record<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  // Not by assignment: a parameter may be called __proto__.
  return Object.fromEntries(values);
}

/** A proxy asks `http://host/path`, and `OPTIONS *` asks for no path. */
function originForm(requestURI: string): string {
  if (!URL.canParse(requestURI)) return requestURI;
  const { pathname, search } = new URL(requestURI);
  return pathname + search;
}

function firstOf(value: string | readonly string[] | undefined): string | undefined {
  const text = typeof value === 'string' ? value : value?.[0];
  const first = text?.split(',', 1)[0]?.trim();
  return first === '' ? undefined : first;
}

function plainAddress(address = ''): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
