import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { type Clock, type Log, SecretMask } from '@tinysystems/core';
import type { Tracer } from '@tinysystems/engine';
import type { Runnable } from '@tinysystems/kubernetes';
import type { HostPort } from '../options.ts';
import type { SpanRing } from '../telemetry/span-ring.ts';
import { refusalOf } from './loopback.ts';
import { Tap } from './tap.ts';

/** How many taps are open at once. */
export const MAX_TAPS = 16;
/** How many traces a list has at most. */
export const MAX_LISTED = 1000;
/** After so many lines of an answer the messages have their turn. */
const LINES_A_TURN = 50;

/** What a diagnostics server works with. */
export interface DiagnosticsServerOptions {
  /** A loopback address; `undefined`: it does not listen. */
  readonly address: HostPort | undefined;
  readonly tracer: Tracer;
  readonly ring: SpanRing;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Hides secrets in what taps show. Default: nothing is held. */
  readonly mask?: SecretMask;
}

/**
 * Tells whoever may reach this replica's loopback address of its traces and messages, redacted, as lines of JSON:
 * `/traces`, `/traces/ID` (or the start of one), `/tap?node=NODE&port=PORT`. A module works without it: when it cannot
 * listen, the log says so.
 */
export class DiagnosticsServer implements Runnable {
  readonly name = 'diagnostics server';
  readonly #options: DiagnosticsServerOptions;
  readonly #settled = Promise.withResolvers<void>();
  readonly #taps = new Set<Tap>();
  #address: string | undefined;
  #droppedBefore = 0;

  constructor(options: DiagnosticsServerOptions) {
    this.#options = options;
  }

  /** Where it listens; `undefined` when it does not. */
  get address(): string | undefined {
    return this.#address;
  }

  get taps(): number {
    return this.#taps.size;
  }

  /** How many messages taps did not show. */
  get dropped(): number {
    let dropped = this.#droppedBefore;
    for (const tap of this.#taps) dropped += tap.dropped;
    return dropped;
  }

  /** Resolves once it is known whether it listens. */
  waitForSync(): Promise<void> {
    return this.#settled.promise;
  }

  async run(signal: AbortSignal): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    await this.#listen(server);
    this.#settled.resolve();
    await ended(signal);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  async #listen(server: Server): Promise<void> {
    const { address, log } = this.#options;
    if (address === undefined) return;
    await new Promise<void>((resolve) => {
      server.on('error', (err) => {
        log.warn(
          { ...address, err },
          'no diagnostics: trace and tap do not see this replica; --diagnostics-bind-address takes another port, or 127.0.0.1:0',
        );
        resolve();
      });
      server.listen(address.port, address.host, () => {
        const { address: host, port, family } = server.address() as AddressInfo;
        this.#address = family === 'IPv6' ? `[${host}]:${port}` : `${host}:${port}`;
        resolve();
      });
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusalOf(request);
    if (refusal !== undefined) return answer(response, 403, refusal);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const { ring } = this.#options;
    const [, id] = /^\/traces\/([0-9a-f]{1,32})$/.exec(pathname) ?? [];
    if (id !== undefined) return writeLines(response, [ring.state, ...ring.spansOf(id)]);
    if (pathname === '/traces')
      return writeLines(response, [ring.state, ...ring.latest(limitOf(searchParams.get('limit')))]);
    if (pathname === '/tap') return this.#tap(searchParams, response);
    answer(response, 404, 'there are /traces, /traces/ID and /tap?node=NODE&port=PORT');
  }

  #tap(query: URLSearchParams, response: ServerResponse): void {
    const node = query.get('node');
    if (node === null) return answer(response, 400, '/tap needs ?node=NODE');
    if (this.#taps.size >= MAX_TAPS)
      return answer(response, 429, `${MAX_TAPS} taps are open on this replica: end one of them`);
    const { tracer, clock, mask = new SecretMask() } = this.#options;
    const tap = new Tap({ node, port: query.get('port') ?? undefined }, response, { clock, mask });
    const leave = tracer.watch(tap.take);
    this.#taps.add(tap);
    response.once('close', () => {
      leave();
      this.#taps.delete(tap);
      this.#droppedBefore += tap.dropped;
    });
    open(response);
    response.flushHeaders();
  }
}

function limitOf(text: string | null): number {
  const limit = Number(text ?? 20);
  return Number.isSafeInteger(limit) && limit > 0 ? Math.min(limit, MAX_LISTED) : 20;
}

function open(response: ServerResponse): void {
  response.writeHead(200, { ...HEADERS, 'content-type': 'application/x-ndjson' });
}

async function writeLines(response: ServerResponse, lines: readonly unknown[]): Promise<void> {
  open(response);
  for (const [index, line] of lines.entries()) {
    if (response.destroyed) return;
    const isTaken = response.write(`${JSON.stringify(line)}\n`);
    if (!isTaken) await drained(response);
    else if (index % LINES_A_TURN === LINES_A_TURN - 1) await setImmediate();
  }
  response.end();
}

/** Resolves when there is room again, or nobody reads any more. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const leave = () => {
      response.off('drain', leave).off('close', leave);
      resolve();
    };
    response.once('drain', leave).once('close', leave);
  });
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};
