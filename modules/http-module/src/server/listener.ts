import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, TinyError } from '@tinysystems/sdk';
import { portInUse } from './port-claims.ts';

/** How long requests in work may go on after the listener closed, milliseconds. */
export const DRAIN_MS = 10_000;
/** Longer than the idle time-out of usual load balancers, so that they close first, milliseconds. */
const KEEP_ALIVE_MS = 65_000;
/** How many connections may wait until the event loop takes them; the kernel allows that many by default. */
const BACKLOG = 4096;
/** How often slow senders are looked for, milliseconds. */
const CHECK_CONNECTIONS_MS = 1000;
/** How many clients may be connected at once, idle ones too; more are closed as they come. */
const MAX_CONNECTIONS = 10_000;
/** Where the kernel lets several processes listen on one port. */
const CAN_SHARE_PORTS = process.platform === 'linux' || process.platform === 'freebsd';

/** Takes one HTTP request; must answer it. */
export type TakeRequest = (request: IncomingMessage, response: ServerResponse) => void;

/** Where and how to listen. */
export interface ListenerOptions {
  /** `undefined`: all addresses. */
  readonly host: string | undefined;
  /** 0: a free one. */
  readonly port: number;
  readonly take: TakeRequest;
  /** How many requests may be in work at once; more are answered 429 at once. */
  readonly maxRequests: () => number;
  readonly clock: Clock;
}

/** One listening HTTP server. Disposing it lets requests in work end, then closes every connection. */
export class Listener implements AsyncDisposable {
  readonly host: string | undefined;
  readonly port: number;
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #inWork = new Set<ServerResponse>();
  #closed: Promise<void> | undefined;

  /** @throws TinyError `http-module.PORT_IN_USE`, `http-module.LISTEN_FAILED`. */
  static async open(options: ListenerOptions): Promise<Listener> {
    const server = createServer({
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
    });
    server.maxConnections = MAX_CONNECTIONS;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    const { port, host } = options;
    server.listen({ port, host, reusePort: CAN_SHARE_PORTS, backlog: BACKLOG }, resolve);
    try {
      await promise;
    } catch (error) {
      throw listenError(error as NodeJS.ErrnoException, options);
    }
    return new Listener(server, options);
  }

  private constructor(server: Server, { host, clock, take, maxRequests }: ListenerOptions) {
    this.host = host;
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#clock = clock;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (this.#closed !== undefined) response.shouldKeepAlive = false;
      if (this.#inWork.size >= maxRequests()) return refuse(response);
      this.#inWork.add(response);
      response.on('close', () => this.#inWork.delete(response));
      take(request, response);
    });
  }

  /** How long a client may take to send a request, milliseconds; it is answered 408 beyond. */
  set readTimeoutMs(readTimeoutMs: number) {
    this.#server.requestTimeout = readTimeoutMs;
    this.#server.headersTimeout = readTimeoutMs;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  #close(): Promise<void> {
    const server = this.#server;
    for (const response of this.#inWork) response.shouldKeepAlive = false;
    return new Promise((resolve) => {
      const takeBack = this.#clock.after(DRAIN_MS, () => server.closeAllConnections());
      server.close(() => {
        takeBack();
        resolve();
      });
    });
  }
}

/** As cheap as it can be: under overload most requests end here. */
function refuse(response: ServerResponse): void {
  response.writeHead(429, REFUSAL_HEADERS).end(REFUSAL);
}

const REFUSAL = JSON.stringify({
  error: {
    code: 'QUEUE_FULL',
    message: 'this replica has as many requests in work as its setting maxRequests allows',
  },
});
const REFUSAL_HEADERS = [
  ...['Content-Type', 'application/json', 'Content-Length', String(REFUSAL.length)],
  ...['Retry-After', '1'],
];

function listenError(error: NodeJS.ErrnoException, { host, port }: ListenerOptions): TinyError {
  if (error.code === 'EADDRINUSE') return portInUse(port, 'another process listens there', error);
  const place = `${host ?? 'all addresses'}, port ${port}`;
  const advice = error.code === 'EACCES' ? 'take a port above 1023' : 'check host and port';
  return new TinyError(
    'Permanent',
    'http-module.LISTEN_FAILED',
    `cannot listen on ${place}: ${error.message}; ${advice}`,
    {
      cause: error,
    },
  );
}
