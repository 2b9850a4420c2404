import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request, type RequestOptions } from 'node:https';

import type { ClusterConfig } from '@tinysystems/kubernetes';

import { Watch } from './watch.ts';

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

/** Sends requests as they are told and returns answers as they come. */
export class RawClient implements AsyncDisposable {
  readonly #config: ClusterConfig;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(config: ClusterConfig) {
    this.#config = config;
  }

  get = (path: string, options?: CallOptions): Promise<Answer> => this.call('GET', path, undefined, options);
  post = (path: string, body: unknown, options?: CallOptions): Promise<Answer> =>
    this.call('POST', path, body, options);
  put = (path: string, body: unknown): Promise<Answer> => this.call('PUT', path, body);
  delete = (path: string, body?: unknown): Promise<Answer> => this.call('DELETE', path, body);
  patch = (path: string, type: string, body: unknown): Promise<Answer> =>
    this.call('PATCH', path, body, { type });

  async call(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const outgoing = request(
      this.#config.server + path,
      await this.#requestOptions(method, options),
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          try {
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, body: parse(text) });
          } catch (error) {
            reject(error); // thrown here, it would be nobody's
          }
        });
      },
    );
    outgoing.on('error', reject);
    const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    // Node sends no length for a DELETE by itself.
    if (content !== undefined) outgoing.setHeader('Content-Length', Buffer.byteLength(content));
    outgoing.end(content);
    return promise;
  }

  /** Opens a watch; resolves when the headers are there. */
  async watch(path: string, options: CallOptions = {}): Promise<Watch> {
    const { promise, resolve, reject } = Promise.withResolvers<Watch>();
    const outgoing = request(
      this.#config.server + path,
      { ...(await this.#requestOptions('GET', options)), agent: false },
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
    this.#agent.destroy();
  }

  async #requestOptions(
    method: string,
    { type = 'application/json', accept = 'application/json' }: CallOptions,
  ): Promise<RequestOptions> {
    const { ca, cert, key, serverName, insecureSkipTlsVerify } = this.#config;
    const authorization = await this.#config.authorization();
    const headers = { 'Content-Type': type, Accept: accept, 'User-Agent': 'conformance/1' };
    return {
      method,
      agent: this.#agent,
      headers: authorization === undefined ? headers : { ...headers, Authorization: authorization },
      rejectUnauthorized: insecureSkipTlsVerify !== true,
      ...(serverName !== undefined && { servername: serverName }),
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert, key }),
    };
  }
}

function parse(text: string): unknown {
  return /^\s*[{[]/.test(text) ? JSON.parse(text) : undefined;
}
