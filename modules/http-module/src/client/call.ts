import { Agent, type Dispatcher, buildConnector, interceptors } from 'undici';
import { TLSSocket } from 'node:tls';
import { type Charge, type Clock, TinyError } from '@tinysystems/sdk';
import { type Header, headersFromRaw } from '../headers.ts';
import { type Certificate, certificateOf } from './certificate.ts';

const MAX_REDIRECTS = 10;
/** How many calls to one origin run at once; more wait in line, each under its own timeout. */
const MAX_CONNECTIONS = 128;
/** How many origins' certificates are remembered. */
const MAX_CERTIFICATES = 1000;

/** One HTTP call. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: readonly Header[];
  readonly body: string | undefined;
  readonly timeoutMs: number;
}

/** What the body of an answer may take, bytes. */
export interface AnswerLimits {
  readonly maxBytes: number;
  /** Of the module's budget. */
  readonly charge: Charge;
}

/** What a server answered. */
export interface Answer {
  readonly statusCode: number;
  readonly statusText: string;
  readonly headers: readonly Header[];
  readonly body: string;
  /** Of the server that gave the answer, HTTPS only. */
  readonly certificate: Certificate | undefined;
}

/** Makes HTTP calls; keeps connections open between them. */
export class HttpClient implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #agent: Agent;
  readonly #dispatcher: Dispatcher;
  readonly #certificates = new Map<string, Certificate>();

  constructor(clock: Clock) {
    this.#clock = clock;
    // Our own timeout covers the whole call, so undici's do not run beside it.
    const limits = { connections: MAX_CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 };
    this.#agent = new Agent({ ...limits, connect: this.#connector() });
    this.#dispatcher = this.#agent.compose(
      interceptors.redirect({ maxRedirections: MAX_REDIRECTS, throwOnMaxRedirect: true }),
    );
  }

  /**
   * Makes one call, following redirects; whatever the status is, an answer is an answer.
   *
   * @throws TinyError `Transient` for the network and the timeout, `Permanent` for an answer that is too large,
   * `Overloaded` for one that the module has no room for.
   */
  async call(call: Call, limits: AnswerLimits, signal: AbortSignal): Promise<Answer> {
    const end = new AbortController();
    const onAbort = () => end.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const takeBack = this.#clock.after(call.timeoutMs, () => end.abort(timedOut(call)));
    try {
      return await this.#send(call, limits, end.signal);
    } catch (error) {
      if (TinyError.is(error)) throw error;
      if (TinyError.is(end.signal.reason)) throw end.signal.reason;
      throw failure(call, error);
    } finally {
      takeBack();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async #send(call: Call, { maxBytes, charge }: AnswerLimits, signal: AbortSignal): Promise<Answer> {
    const { statusCode, statusText, headers, body, context } = await this.#dispatcher.request({
      origin: call.url.origin,
      path: call.url.pathname + call.url.search,
      method: call.method,
      headers: call.headers.flatMap(({ key, value }) => [key, value]),
      body: call.body ?? null,
      signal,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(call, maxBytes);
      charge.add(chunk.length);
      chunks.push(chunk);
    }
    const visited = (context as { readonly history?: readonly URL[] } | undefined)?.history;
    const origin = visited?.at(-1)?.origin ?? call.url.origin;
    return {
      statusCode,
      statusText,
      headers: headersFromRaw(toRaw(headers)),
      body: Buffer.concat(chunks).toString('utf8'),
      certificate: this.#certificates.get(origin),
    };
  }

  #connector(): buildConnector.connector {
    // A resumed session shows no certificate.
    const connect = buildConnector({ maxCachedSessions: 0 });
    return (options, callback) =>
      connect(options, (...[error, socket]) => {
        if (error !== null) return callback(error, null);
        if (socket instanceof TLSSocket) this.#remember(options, socket);
        return callback(null, socket);
      });
  }

  #remember({ protocol, hostname, port }: buildConnector.Options, socket: TLSSocket): void {
    if (this.#certificates.size >= MAX_CERTIFICATES) this.#certificates.clear();
    const { origin } = new URL(`${protocol}//${hostname}${port === '' ? '' : `:${port}`}`);
    this.#certificates.set(origin, certificateOf(socket.getPeerCertificate(), this.#clock.now()));
  }
}

function toRaw(headers: Readonly<Record<string, string | readonly string[] | undefined>>): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : (value ?? [])).flatMap((one) => [name, one]),
  );
}

/** Names the call without its query, which may hold a credential. */
export function target({ method, url }: Pick<Call, 'method' | 'url'>): string {
  return `${method} ${url.origin}${url.pathname}`;
}

function failure(call: Call, cause: unknown): TinyError {
  const { code = '', message = '' } = cause as { readonly code?: string; readonly message?: string };
  const reason = message || code || 'the connection failed';
  return REFUSED_BEFORE_SENDING.has(code)
    ? new TinyError('Permanent', 'http-module.CALL_INVALID', `${target(call)} cannot be called: ${reason}`, {
        cause,
      })
    : new TinyError(
        'Transient',
        'http-module.NETWORK_FAILED',
        `${target(call)} cannot be reached: ${reason}`,
        { cause },
      );
}

/** What undici says of a call that would fail every time. */
const REFUSED_BEFORE_SENDING = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_REDIRECT_MAX']);

function timedOut(call: Call): TinyError {
  return new TinyError(
    'Transient',
    'http-module.CALL_TIMED_OUT',
    `${target(call)} did not answer within ${call.timeoutMs} ms`,
  );
}

function tooLarge(call: Call, maxBytes: number): TinyError {
  const text = `${target(call)} answered more than ${maxBytes} bytes: raise the setting maxResponseBytes`;
  return new TinyError('Permanent', 'http-module.RESPONSE_TOO_LARGE', text);
}
