import { Agent, request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';

import { startControlPlane, type ControlPlane, type ControlPlaneOptions } from '@tinysystems/control-plane';

export interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; `undefined` when it is not JSON. */
  readonly body: any;
}

export interface CallOptions {
  readonly type?: string;
  readonly accept?: string;
  readonly headers?: Record<string, string>;
}

/** How to reach a server. */
export interface Connection {
  readonly url: string;
  readonly token: string;
  readonly caCertificate: string;
}

/** A client of one server. */
export class TestClient {
  readonly #connection: Connection;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get = (path: string, options: CallOptions = {}): Promise<Response> =>
    this.call('GET', path, undefined, options);
  post = (path: string, body: unknown, options: CallOptions = {}): Promise<Response> =>
    this.call('POST', path, body, options);
  put = (path: string, body: unknown, options: CallOptions = {}): Promise<Response> =>
    this.call('PUT', path, body, options);
  delete = (path: string, body?: unknown, options: CallOptions = {}): Promise<Response> =>
    this.call('DELETE', path, body, options);
  merge = (path: string, body: unknown): Promise<Response> =>
    this.call('PATCH', path, body, { type: 'application/merge-patch+json' });
  apply = (path: string, body: unknown): Promise<Response> =>
    this.call('PATCH', path, body, { type: 'application/apply-patch+yaml' });

  call(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const outgoing = request(
      this.#connection.url + path,
      this.#requestOptions(method, options),
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const isJson = incoming.headers['content-type']?.includes('json') && text !== '';
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            body: isJson ? JSON.parse(text) : undefined,
          });
        });
      },
    );
    outgoing.on('error', reject);
    // Node sends no length for a DELETE by itself.
    if (content !== undefined) outgoing.setHeader('Content-Length', Buffer.byteLength(content));
    outgoing.end(content);
    return promise;
  }

  /** Opens a watch; resolves when the headers have arrived. */
  watch(path: string, options: CallOptions = {}): Promise<Watch> {
    const { promise, resolve, reject } = Promise.withResolvers<Watch>();
    const outgoing = request(
      this.#connection.url + path,
      { ...this.#requestOptions('GET', options), agent: false },
      (incoming) => {
        resolve(new Watch(incoming, () => outgoing.destroy()));
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
    return promise;
  }

  /** Opens a watch that reads nothing until `drain`, which counts what still comes. */
  unreadWatch(path: string): Promise<{ drain: () => Promise<number> }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ drain: () => Promise<number> }>();
    const outgoing = request(
      this.#connection.url + path,
      { ...this.#requestOptions('GET', {}), agent: false },
      (incoming) => {
        const closed = new Promise<void>((done) => incoming.once('close', done));
        incoming.on('error', () => incoming.destroy());
        const drain = async (): Promise<number> => {
          let bytes = 0;
          incoming.on('data', (chunk: Buffer) => (bytes += chunk.length));
          await closed;
          return bytes;
        };
        resolve({ drain });
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }

  #requestOptions(
    method: string,
    { type = 'application/json', accept = 'application/json', headers = {} }: CallOptions,
  ): object {
    return {
      method,
      agent: this.#agent,
      ca: this.#connection.caCertificate,
      // A foreign Host header must reach the server, not fail the client's own check.
      servername: 'localhost',
      headers: {
        'Content-Type': type,
        Accept: accept,
        Authorization: `Bearer ${this.#connection.token}`,
        ...headers,
      },
    };
  }
}

/** A control plane and one client of it. */
export class TestServer extends TestClient implements AsyncDisposable {
  readonly plane: ControlPlane;

  private constructor(plane: ControlPlane) {
    super(plane);
    this.plane = plane;
  }

  static async start(options: ControlPlaneOptions = {}): Promise<TestServer> {
    return new TestServer(await startControlPlane(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.plane.stop();
  }
}

/** The events of one watch, in order. */
export class Watch implements Disposable {
  readonly headers: IncomingHttpHeaders;
  readonly events: any[] = [];
  isEnded = false;
  readonly #close: () => void;
  #wake = (): void => {};

  constructor(incoming: AsyncIterable<Buffer> & { headers: IncomingHttpHeaders }, close: () => void) {
    this.headers = incoming.headers;
    this.#close = close;
    void this.#read(incoming);
  }

  /** The first `count` events, once they are there; fails when the watch ends before. */
  async first(count: number): Promise<any[]> {
    while (this.events.length < count && !this.isEnded) await this.#change();
    if (this.events.length < count)
      throw new Error(`The watch ended after ${this.events.length} of ${count} events.`);
    return this.events.slice(0, count);
  }

  /** Resolves when the server has ended the watch. */
  async end(): Promise<void> {
    while (!this.isEnded) await this.#change();
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  async #read(incoming: AsyncIterable<Buffer>): Promise<void> {
    let rest = '';
    try {
      for await (const chunk of incoming) {
        const lines = (rest + chunk.toString('utf8')).split('\n');
        rest = lines.pop() ?? '';
        this.events.push(...lines.map((line) => JSON.parse(line)));
        this.#wake();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    } finally {
      this.isEnded = true;
      this.#wake();
    }
  }
}
