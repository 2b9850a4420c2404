import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClusterConfig } from '../src/client/cluster-config.ts';

/** What was asked of a {@link FakeApiServer}. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: any;
}

type Answer = (request: ReceivedRequest, response: ServerResponse) => void;

/** An HTTP server that answers as a test says. */
export class FakeApiServer implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  /** The answer to every request; default `{}`. */
  answer: Answer = (_, response) => sendJson(response, 200, {});
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  static async start(): Promise<FakeApiServer> {
    const server = new FakeApiServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  config(more: Partial<ClusterConfig> = {}): ClusterConfig {
    return { server: this.url, authorization: async () => 'Bearer secret', ...more };
  }

  get lastRequest(): ReceivedRequest | undefined {
    return this.requests.at(-1);
  }

  /** Connections that are open. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const text = (await request.toArray()).join('');
    const received: ReceivedRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.requests.push(received);
    this.answer(received, response);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

export function sendJson(response: ServerResponse, code: number, body: unknown, headers = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** The body of a refusal, as an API server writes it. */
export function status(code: number, reason: string, message: string, details = {}): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    details,
    code,
  };
}
