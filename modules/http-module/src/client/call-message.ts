import {
  type Immutable,
  type Json,
  TinyError,
  type TraceContext,
  formatTraceparent,
  stringifyJson,
  z,
} from '@tinysystems/sdk';
import { headerList, type Header } from '../headers.ts';
import type { Answer, Call } from './call.ts';

const DEFAULT_TIMEOUT_S = 10;

/** The credentials of a call, in a message and in settings. */
const credentials = {
  bearerToken: z.string().optional().meta({ title: 'Bearer token', secret: true, format: 'password' }),
  basicAuthUser: z.string().optional().meta({ title: 'User' }),
  basicAuthPassword: z.string().optional().meta({ title: 'Password', secret: true, format: 'password' }),
};

/** Credentials for the calls that bring none of their own. */
export const callCredentials = z.object(credentials);

/** What `http_request` takes. */
export const callMessage = z.object({
  context: z
    .unknown()
    .optional()
    .meta({ title: 'Context', description: 'Passed on unchanged.', configurable: true }),
  method: z
    .enum(['GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])
    .default('GET')
    .meta({ title: 'Method' }),
  url: z.string().meta({ title: 'URL', format: 'uri', examples: ['https://example.org/'] }),
  timeout: z
    .number()
    .positive()
    .max(3600)
    .default(DEFAULT_TIMEOUT_S)
    .meta({ title: 'Timeout', description: 'Seconds for the call alone, with its redirects.' }),
  ...credentials,
  headers: headerList
    .default([])
    .meta({ title: 'Headers', description: 'An Authorization header wins over token and user.' }),
  contentType: z
    .string()
    .default('application/json')
    .meta({ title: 'Content type', description: 'Of the body.' }),
  body: z.unknown().optional().meta({
    title: 'Body',
    description: 'Text is sent as it is, anything else as JSON.',
    configurable: true,
  }),
});

/** A decoded call message. */
export type CallMessage = Immutable<z.output<typeof callMessage>>;

/** What `http_request` emits. */
export const answerMessage = z.object({
  context: z.unknown().meta({ title: 'Context', configurable: true }),
  response: z.object({
    headers: headerList,
    status: z.string().meta({ title: 'Status', examples: ['200 OK'] }),
    statusCode: z.int().meta({ title: 'Status code', examples: [200] }),
    body: z.string().meta({ title: 'Body' }),
    tls: z
      .object({
        notBefore: z.string(),
        notAfter: z.string(),
        issuer: z.string(),
        subject: z.string(),
        dnsNames: z.array(z.string()),
        daysUntilExpiry: z.int(),
      })
      .optional()
      .meta({ title: 'Certificate', description: 'Of the server, HTTPS only.' }),
  }),
});

/** @throws TinyError `Permanent`/`http-module.CALL_INVALID` for what cannot be called. */
export function toCall(message: CallMessage, trace: TraceContext): Call {
  const url = URL.canParse(message.url) ? new URL(message.url) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new TinyError(
      'Permanent',
      'http-module.CALL_INVALID',
      'url is no address to call: it must start with http:// or https://',
    );
  }
  const { body } = message;
  const text =
    body === undefined || body === null ? undefined : typeof body === 'string' ? body : stringifyJson(body);
  return {
    method: message.method,
    url,
    headers: headersOf(message, trace, text !== undefined),
    body: text,
    timeoutMs: message.timeout * 1000,
  };
}

/** The emitted message of an answer. */
export function toAnswerMessage(context: unknown, answer: Answer): Immutable<z.input<typeof answerMessage>> {
  const { statusCode, headers, body, certificate } = answer;
  return {
    context: context ?? null,
    response: {
      headers,
      status: statusOf(answer),
      statusCode,
      body,
      ...(certificate !== undefined && { tls: certificate }),
    },
  };
}

/** `404 Not Found`. */
export function statusOf({ statusCode, statusText }: Pick<Answer, 'statusCode' | 'statusText'>): string {
  return `${statusCode} ${statusText}`.trim();
}

/** The message with these credentials, unless it brings its own in any form. */
export function withCredentials(message: CallMessage, own: z.output<typeof callCredentials>): CallMessage {
  if (authorizationOf(message) !== undefined || hasAuthorization(message)) return message;
  const { bearerToken, basicAuthUser, basicAuthPassword } = own;
  return { ...message, bearerToken, basicAuthUser, basicAuthPassword };
}

function hasAuthorization({ headers }: CallMessage): boolean {
  return headers.some(({ key }) => key.toLowerCase() === 'authorization');
}

/** What must never show up in a text: the message's credentials. */
export function credentialsOf(message: CallMessage): readonly string[] {
  const explicit = message.headers
    .filter(({ key }) => key.toLowerCase() === 'authorization')
    .map(({ value }) => value);
  const all = [
    message.bearerToken,
    message.basicAuthPassword,
    ...explicit,
    ...[...explicit, authorizationOf(message)].map((value) => value?.split(' ').at(-1)),
  ];
  return all.filter((credential) => credential !== undefined && credential !== '') as Json[] as string[];
}

function headersOf(message: CallMessage, trace: TraceContext, hasBody: boolean): readonly Header[] {
  const own = new Set(message.headers.map(({ key }) => key.toLowerCase()));
  const headers = [...message.headers];
  const authorization = authorizationOf(message);
  if (authorization !== undefined && !own.has('authorization'))
    headers.push({ key: 'Authorization', value: authorization });
  if (!own.has('traceparent')) headers.push({ key: 'traceparent', value: formatTraceparent(trace) });
  if (hasBody && !own.has('content-type')) headers.push({ key: 'Content-Type', value: message.contentType });
  return headers;
}

function authorizationOf({ bearerToken, basicAuthUser, basicAuthPassword }: CallMessage): string | undefined {
  if (bearerToken !== undefined && bearerToken !== '') return `Bearer ${bearerToken}`;
  if (basicAuthUser === undefined || basicAuthUser === '') return undefined;
  return `Basic ${Buffer.from(`${basicAuthUser}:${basicAuthPassword ?? ''}`).toString('base64')}`;
}
