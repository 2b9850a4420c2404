import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { noMetrics } from '../metrics.ts';
import type { KubernetesMetrics } from '../metrics.ts';
import { apiErrorFrom } from './api-error.ts';
import type { ClusterConfig } from './cluster-config.ts';
import type { JsonCodec } from './json-codec.ts';
import { Reachability } from './reachability.ts';
import { UnreachableError } from './unreachable-error.ts';

/** What a {@link RestClient} is made of. */
export interface RestClientOptions {
  readonly config: ClusterConfig;
  /** Sent with every request, e.g. `my-operator/1.2.3`; also the default field manager on the server. */
  readonly userAgent: string;
  /** Connections for everything but watches; further requests wait for a free one. Default 16. */
  readonly maxConnections?: number;
  /** The longest silence within an answer, and the longest wait for its first byte. Default 30 000 ms. */
  readonly timeoutMs?: number;
  readonly metrics?: KubernetesMetrics;
  /** Hears when the server cannot be reached, and when it answers again. */
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Default the global `JSON`. */
  readonly codec?: JsonCodec;
}

/** One request to the API server. */
export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Fields that are `undefined` are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

/** JSON over HTTP to one API server: credentials, errors, metrics, and the sockets. */
export class RestClient implements AsyncDisposable {
  /** Reads and writes the bodies; also what {@link stream} gives is meant for it. */
  readonly codec: JsonCodec;
  readonly #options: RestClientOptions;
  readonly #metrics: KubernetesMetrics;
  readonly #clock: Clock;
  readonly #origin: string;
  readonly #prefix: string;
  readonly #calls: Pool;
  /** Watches hold a connection for minutes, so they must not take those of the calls. */
  readonly #streams: Pool;
  readonly #reachability: Reachability;

  constructor(options: RestClientOptions) {
    const { config, maxConnections = 16, timeoutMs = 30_000 } = options;
    const url = new URL(config.server);
    this.codec = options.codec ?? JSON;
    this.#options = options;
    this.#metrics = options.metrics ?? noMetrics;
    this.#clock = options.clock ?? systemClock;
    this.#origin = url.origin;
    this.#prefix = url.pathname.replace(/\/+$/, '');
    const connect = connectOptions(config);
    this.#calls = new Pool(url.origin, {
      connect,
      connections: maxConnections,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    this.#streams = new Pool(url.origin, { connect, headersTimeout: timeoutMs, bodyTimeout: 0 });
    this.#reachability = new Reachability({
      clock: this.#clock,
      logger: options.logger ?? silentLogger,
      ask: (signal) => this.json({ method: 'GET', path: '/version', signal }),
    });
  }

  /**
   * Sends a request and reads the whole answer.
   *
   * @returns the answer's JSON value.
   * @throws ApiError when the server refuses, UnreachableError when there is no answer, an `Error` naming the
   * request when it is something else than JSON, the signal's reason when it aborts.
   */
  async json<T>(request: RestRequest): Promise<T> {
    const startedMs = this.#clock.monotonicMs();
    try {
      const answer = await this.#send(this.#calls, request);
      return this.#parseAnswer<T>(request, await this.#orExplain(request, answer.body.text()));
    } finally {
      const labels = { verb: request.method, host: this.#host };
      const durationS = (this.#clock.monotonicMs() - startedMs) / 1000;
      this.#metrics.observe('rest_client_request_duration_seconds', labels, durationS);
    }
  }

  /** Sends a GET and returns the answer's body as soon as the headers are there. Errors as {@link json}. */
  async stream(request: Omit<RestRequest, 'method' | 'body'>): Promise<AsyncIterable<Uint8Array>> {
    const answer = await this.#send(this.#streams, { ...request, method: 'GET' });
    return answer.body;
  }

  /** Resolves when the server answers again; rejects with the signal's reason. */
  whenReachable(signal: AbortSignal): Promise<void> {
    return this.#reachability.whenBack(signal);
  }

  /** Closes all sockets; what is still under way fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#calls.destroy(), this.#streams.destroy()]);
  }

  get #host(): string {
    return new URL(this.#origin).host;
  }

  async #send(pool: Pool, request: RestRequest): Promise<Dispatcher.ResponseData> {
    const answer = await this.#sendOnce(pool, request, false);
    if (answer.statusCode < 400) return answer;
    const body = await this.#orExplain(request, answer.body.text());
    if (answer.statusCode !== 401) throw this.#refusal(request, answer, body);
    // The token may have been replaced since it was read. The request was not carried out, so any method may repeat.
    this.#metrics.increment('rest_client_request_retries_total', {
      code: '401',
      verb: request.method,
      host: this.#host,
    });
    const second = await this.#sendOnce(pool, request, true);
    if (second.statusCode < 400) return second;
    throw this.#refusal(request, second, await this.#orExplain(request, second.body.text()));
  }

  async #sendOnce(pool: Pool, request: RestRequest, refresh: boolean): Promise<Dispatcher.ResponseData> {
    const authorization = await this.#options.config.authorization({ refresh });
    request.signal?.throwIfAborted();
    const answer = await this.#orExplain(
      request,
      pool.request({
        method: request.method,
        path: `${this.#prefix}${request.path}${queryString(request.query)}`,
        headers: {
          accept: 'application/json',
          'user-agent': this.#options.userAgent,
          ...(authorization === undefined ? {} : { authorization }),
          ...(request.body === undefined
            ? {}
            : { 'content-type': request.contentType ?? 'application/json' }),
        },
        body: request.body === undefined ? null : this.codec.stringify(request.body),
        signal: request.signal ?? null,
      }),
    );
    this.#count(request, String(answer.statusCode));
    // A proxy without a server answers 502 or 503, and so does a server that is still starting.
    if (answer.statusCode < 500) this.#reachability.answered();
    return answer;
  }

  async #orExplain<T>(request: RestRequest, step: Promise<T>): Promise<T> {
    try {
      return await step;
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      this.#count(request, '<error>');
      throw new UnreachableError(`${request.method} ${this.#origin}${this.#prefix}${request.path}`, error);
    }
  }

  #parseAnswer<T>(request: RestRequest, text: string): T {
    try {
      return this.codec.parse(text) as T;
    } catch (cause) {
      const start = JSON.stringify(text.slice(0, 80));
      throw new Error(
        `${request.method} ${request.path} answered ${start}, which is not JSON. Is a proxy in between?`,
        { cause },
      );
    }
  }

  #refusal(request: RestRequest, answer: Dispatcher.ResponseData, body: string): Error {
    const retryAfter = answer.headers['retry-after'];
    return apiErrorFrom({
      code: answer.statusCode,
      body,
      request: `${request.method} ${request.path}`,
      retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
    });
  }

  #count(request: RestRequest, code: string): void {
    this.#metrics.increment('rest_client_requests_total', { code, method: request.method, host: this.#host });
  }
}

function connectOptions(config: ClusterConfig): NonNullable<Pool.Options['connect']> {
  return {
    ...(config.ca === undefined ? {} : { ca: config.ca }),
    ...(config.cert === undefined ? {} : { cert: config.cert }),
    ...(config.key === undefined ? {} : { key: config.key }),
    ...(config.serverName === undefined ? {} : { servername: config.serverName }),
    ...(config.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    timeout: 10_000,
  };
}

function queryString(query: RestRequest['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}
