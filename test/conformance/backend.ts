import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request, type RequestOptions } from 'node:https';

import { startControlPlane } from '@tinysystems/control-plane';

import { CRDS, GROUP, WIDGET_CRD } from './widget.ts';

export const MERGE = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; `undefined` when it is not JSON. */
  readonly body: any;
}

export interface CallOptions {
  readonly type?: string;
  readonly accept?: string;
}

interface Connection {
  readonly url: string;
  readonly token: string;
  readonly ca: string;
  readonly stop: () => Promise<void>;
}

/**
 * The API server under test: a control plane of its own, or the real server that `CONFORMANCE_URL`,
 * `CONFORMANCE_TOKEN` and `CONFORMANCE_CA` (a file) name. It has the Widget kind and a fresh namespace.
 */
export class Backend implements AsyncDisposable {
  readonly namespace = `conformance-${randomBytes(4).toString('hex')}`;
  readonly widgets = `/apis/${GROUP}/v1/namespaces/${this.namespace}/widgets`;
  readonly configMaps = `/api/v1/namespaces/${this.namespace}/configmaps`;
  readonly #connection: Connection;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get = (path: string, options?: CallOptions): Promise<Answer> => this.call('GET', path, undefined, options);
  post = (path: string, body: unknown, options?: CallOptions): Promise<Answer> =>
    this.call('POST', path, body, options);
  put = (path: string, body: unknown): Promise<Answer> => this.call('PUT', path, body);
  delete = (path: string, body?: unknown): Promise<Answer> => this.call('DELETE', path, body);
  patch = (path: string, type: string, body: unknown): Promise<Answer> =>
    this.call('PATCH', path, body, { type });

  call(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const outgoing = request(this.#connection.url + path, this.#options(method, options), (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, body: parse(text) });
      });
    });
    outgoing.on('error', reject);
    const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    // Node sends no length for a DELETE by itself.
    if (content !== undefined) outgoing.setHeader('Content-Length', Buffer.byteLength(content));
    outgoing.end(content);
    return promise;
  }

  /** Opens a watch; resolves when the headers are there. */
  watch(path: string, options: CallOptions = {}): Promise<Watch> {
    const { promise, resolve, reject } = Promise.withResolvers<Watch>();
    const outgoing = request(
      this.#connection.url + path,
      { ...this.#options('GET', options), agent: false },
      (incoming) => {
        resolve(new Watch(incoming, incoming.statusCode ?? 0, () => outgoing.destroy()));
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
    return promise;
  }

  /** Resolves when nothing is at `path` any more. */
  async gone(path: string): Promise<void> {
    const [collection, name] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)];
    using watch = await this.watch(`${collection}?watch=true&fieldSelector=metadata.name%3D${name}`);
    for (let count = 1; (await this.get(path)).status !== 404; count += 1) await watch.first(count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete(`/api/v1/namespaces/${this.namespace}`);
    this.#agent.destroy();
    await this.#connection.stop();
  }

  #options(
    method: string,
    { type = 'application/json', accept = 'application/json' }: CallOptions,
  ): RequestOptions {
    const { token, ca } = this.#connection;
    const headers = {
      'Content-Type': type,
      Accept: accept,
      Authorization: `Bearer ${token}`,
      'User-Agent': 'conformance/1',
    };
    return { method, agent: this.#agent, ca, headers };
  }
}

/** The events of one watch, in order. */
export class Watch implements Disposable {
  readonly headers: IncomingHttpHeaders;
  readonly status: number;
  readonly events: any[] = [];
  isEnded = false;
  readonly #close: () => void;
  #wake = (): void => {};

  constructor(
    incoming: AsyncIterable<Buffer> & { headers: IncomingHttpHeaders },
    status: number,
    close: () => void,
  ) {
    this.headers = incoming.headers;
    this.status = status;
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

  /** All events, once the server has ended the watch. */
  async all(): Promise<any[]> {
    while (!this.isEnded) await this.#change();
    return this.events;
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

/** Starts or finds the server, adds the Widget kind and makes a namespace. */
export async function openBackend(): Promise<Backend> {
  const backend = new Backend(await connect());
  const { status, text } = await backend.post(CRDS, WIDGET_CRD);
  if (status !== 201 && status !== 409) throw new Error(`The server refused the Widget kind: ${text}`);
  await served(backend);
  await backend.post('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: backend.namespace },
  });
  return backend;
}

async function connect(): Promise<Connection> {
  const { CONFORMANCE_URL: url, CONFORMANCE_TOKEN: token = '', CONFORMANCE_CA: ca } = process.env;
  if (url !== undefined)
    return { url, token, ca: ca === undefined ? '' : readFileSync(ca, 'utf8'), stop: async () => {} };
  const plane = await startControlPlane();
  return { url: plane.url, token: plane.token, ca: plane.caCertificate, stop: () => plane.stop() };
}

// A real server serves a new kind a little after its definition is accepted.
async function served(backend: Backend): Promise<void> {
  const deadline = AbortSignal.timeout(10_000);
  while ((await backend.get(`/apis/${GROUP}/v1/widgets`)).status !== 200) deadline.throwIfAborted();
}

function parse(text: string): unknown {
  return /^\s*[{[]/.test(text) ? JSON.parse(text) : undefined;
}
