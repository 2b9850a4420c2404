import { once } from 'node:events';
import { type Socket, connect } from 'node:net';

/** One answer, without its body. */
export interface Answered {
  readonly status: number;
  readonly tookMs: number;
}

/** One kept-alive HTTP connection that costs next to nothing: a request is bytes, an answer is its status. */
export class HttpConnection implements Disposable {
  readonly #socket: Socket;
  #text = '';
  #waiting: PromiseWithResolvers<number> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')));
  }

  static async open(port: number): Promise<HttpConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new HttpConnection(socket);
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** Sends one request and waits for its answer. @throws Error when the connection ends before it. */
  async send(request: string): Promise<Answered> {
    if (!this.isOpen) throw new Error('the server closed the connection');
    const startedMs = performance.now();
    this.#waiting = Promise.withResolvers();
    this.#socket.write(request, 'latin1');
    const status = await this.#waiting.promise;
    return { status, tookMs: performance.now() - startedMs };
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#text += text;
    const headEnd = this.#text.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const bodyLength = Number(/\r\ncontent-length: (\d+)/i.exec(this.#text)?.[1] ?? 0);
    if (this.#text.length < headEnd + 4 + bodyLength) return;
    const status = Number(this.#text.slice(9, 12));
    this.#text = '';
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(status);
  }
}

/** A request as it is written; with a body it is a POST. */
export function httpRequest(bodyLength = 0): string {
  const head = `${bodyLength === 0 ? 'GET' : 'POST'} / HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
  return bodyLength === 0
    ? `${head}\r\n`
    : `${head}Content-Length: ${bodyLength}\r\n\r\n${'x'.repeat(bodyLength)}`;
}
