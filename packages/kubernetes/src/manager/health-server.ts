import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import type { Runnable } from '../runnable.ts';
import { waitFor } from '../wait-for.ts';

/** One condition of being alive or ready. */
export interface Check {
  readonly name: string;
  /** Throws, or rejects, when the condition is not met; the message is shown to whoever asks. */
  check(signal: AbortSignal): void | Promise<void>;
}

/** Answers a GET of a further path, such as `/metrics`. */
export type HealthHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** What a {@link HealthServer} is made of. */
export interface HealthServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly checks: { readonly healthz: readonly Check[]; readonly readyz: readonly Check[] };
  readonly handlers?: Readonly<Record<string, HealthHandler>>;
  readonly logger?: Logger;
}

/** The default timeout of a kubelet's probe is one second. */
const CHECK_TIMEOUT_MS = 1_000;

/** Serves `/healthz` and `/readyz` over plain HTTP: 200 or 500; `?verbose` lists the checks. */
export class HealthServer implements Runnable {
  readonly name = 'health server';
  readonly #options: HealthServerOptions;
  readonly #logger: Logger;
  readonly #handlers: ReadonlyMap<string, HealthHandler>;
  readonly #listening = Promise.withResolvers<void>();
  #port: number | undefined;

  constructor(options: HealthServerOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#handlers = new Map<string, HealthHandler>([
      ['/healthz', (request, response) => this.#report('healthz', request, response)],
      ['/readyz', (request, response) => this.#report('readyz', request, response)],
      ...Object.entries(options.handlers ?? {}),
    ]);
  }

  /** The port it listens on; the configured one until it does. */
  get port(): number {
    return this.#port ?? this.#options.port;
  }

  /** Resolves once it listens; rejects with the signal's reason. */
  waitForSync(signal: AbortSignal): Promise<void> {
    return waitFor(this.#listening.promise, signal);
  }

  /** @throws Error naming host and port when it cannot listen there. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const server = createServer((request, response) => void this.#serve(request, response));
    await this.#listen(server);
    this.#port = (server.address() as AddressInfo).port;
    this.#listening.resolve();
    await new Promise<void>((resolve) => {
      const close = (): void => {
        server.close(() => resolve());
        server.closeAllConnections();
      };
      if (signal.aborted) close();
      else signal.addEventListener('abort', close, { once: true });
    });
  }

  async #listen(server: Server): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      server.on('error', (cause) => {
        this.#logger.error({ host, port, err: cause }, 'health server failed');
        reject(new Error(`The health server cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
      });
      server.listen(port, host, resolve);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const handler = this.#handlers.get(pathOf(request));
    try {
      if (handler === undefined) answer(response, 404, 'not found\n');
      else if (request.method !== 'GET' && request.method !== 'HEAD')
        answer(response, 405, 'only GET and HEAD\n');
      else await handler(request, response);
    } catch (err) {
      this.#logger.error({ path: pathOf(request), err }, 'health request failed');
      if (response.headersSent) response.destroy();
      else answer(response, 500, 'internal error\n');
    }
  }

  async #report(
    which: 'healthz' | 'readyz',
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const results = await Promise.all(this.#options.checks[which].map(run));
    const isGood = results.every(({ failure }) => failure === undefined);
    if (!isGood) this.#logger.debug({ which, results }, 'check failed');
    const isVerbose = new URL(request.url ?? '/', 'http://localhost').searchParams.has('verbose');
    const lines = results.map(({ name, failure }) =>
      failure === undefined ? `[+]${name} ok` : `[-]${name} failed: ${failure}`,
    );
    const summary = `${which} check ${isGood ? 'passed' : 'failed'}`;
    answer(response, isGood ? 200 : 500, isGood && !isVerbose ? 'ok' : `${[...lines, summary].join('\n')}\n`);
  }
}

interface CheckResult {
  readonly name: string;
  readonly failure?: string;
}

async function run(check: Check): Promise<CheckResult> {
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  const late = new Promise<never>((_, reject) => {
    const onLate = (): void => reject(new Error(`no result within ${CHECK_TIMEOUT_MS} ms`));
    signal.addEventListener('abort', onLate, { once: true });
  });
  try {
    await Promise.race([(async () => check.check(signal))(), late]);
    return { name: check.name };
  } catch (error) {
    return { name: check.name, failure: (error as Error).message };
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

function answer(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}
