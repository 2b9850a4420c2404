import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ControlPlane } from '@tinysystems/control-plane';

/** Something between a client and its API server that can write into the answers. It speaks plain HTTP to the client. */
export class GarblingProxy implements AsyncDisposable {
  readonly #server = createServer((incoming, response) => this.#pass(incoming, response));
  readonly #target: ControlPlane;
  readonly #watches = new Set<ServerResponse>();
  #listsToTruncate = 0;

  static async start(target: ControlPlane): Promise<GarblingProxy> {
    const proxy = new GarblingProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(target: ControlPlane) {
    this.#target = target;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get openWatches(): number {
    return this.#watches.size;
  }

  /** Writes bytes into every open watch, and perhaps ends it there. */
  inject(bytes: string, end: 'go on' | 'end' | 'cut' = 'go on'): void {
    for (const watch of this.#watches) {
      watch.write(bytes);
      if (end === 'end') watch.end();
      // The bytes have to be on their way before the connection goes.
      if (end === 'cut') setImmediate(() => watch.socket?.destroySoon());
    }
  }

  /** From now on what watches tell is kept back … */
  holdWatches(): void {
    for (const watch of this.#watches) watch.cork();
  }

  /** … and now comes in one batch. */
  releaseWatches(): void {
    for (const watch of this.#watches) watch.uncork();
  }

  /** The next list is cut off in its middle. */
  truncateNextList(): void {
    this.#listsToTruncate += 1;
  }

  #pass(incoming: IncomingMessage, response: ServerResponse): void {
    const { url = '/', method, headers } = incoming;
    const outgoing = request(
      new URL(url, this.#target.url),
      {
        method,
        headers: { ...headers, host: new URL(this.#target.url).host },
        ca: this.#target.caCertificate,
      },
      (answer) => this.#answer(url, answer, response),
    );
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  #answer(url: string, answer: IncomingMessage, response: ServerResponse): void {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    if (url.includes('watch=true')) {
      this.#watches.add(response);
      response.on('close', () => this.#watches.delete(response));
    } else if (url.includes('limit=') && this.#listsToTruncate > 0) {
      this.#listsToTruncate -= 1;
      answer.once('data', (chunk: Buffer) => {
        response.write(chunk.subarray(0, chunk.length / 2));
        setImmediate(() => response.destroy());
      });
      return;
    }
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
