import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { type TLSSocket, connect as connectTls } from 'node:tls';
import type { CertificateTexts } from '@tinysystems/transport';

/** A client's side of TLS with a certificate; who the server is does not matter to it. */
function tlsOptions({ certificate, key, authorities }: CertificateTexts) {
  return { cert: certificate, key, ca: authorities, checkServerIdentity: () => undefined };
}

/** A session of a client that is none of ours. */
export function openSession(addr: string, texts: CertificateTexts | undefined): ClientHttp2Session {
  const session =
    texts === undefined ? connectHttp2(`http://${addr}`) : connectHttp2(`https://${addr}`, tlsOptions(texts));
  session.on('error', () => undefined); // who waits for it hears of it
  return session;
}

/** One call of a client that is none of ours. */
export interface RawCall {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The request as protobuf. Default: an empty one. */
  readonly body?: Uint8Array;
}

/** How a call ended. */
export type Trailers = Readonly<Record<string, string | undefined>>;

/** Makes one call with HTTP/2 alone. @returns the trailers. */
export async function callRaw(
  addr: string,
  texts: CertificateTexts | undefined,
  { path, headers = {}, body = new Uint8Array() }: RawCall,
): Promise<Trailers> {
  const session = openSession(addr, texts);
  try {
    const fixed = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
    const stream = session.request({ ...fixed, ':path': path, ...headers });
    const length = Buffer.alloc(5);
    length.writeUInt32BE(body.length, 1);
    stream.end(Buffer.concat([length, body]));
    return await new Promise((resolve, reject) => {
      stream.on('response', (answer) =>
        answer['grpc-status'] === undefined ? undefined : resolve(answer as Trailers),
      );
      stream.on('trailers', (trailers) => resolve(trailers as Trailers));
      stream.on('error', reject);
      stream.resume();
      session.on('error', reject);
    });
  } finally {
    session.destroy();
  }
}

/** Frames of HTTP/2 as bytes, for what no client library would send. */
export class RawConnection implements Disposable {
  readonly #socket: TLSSocket;
  /** Resolves when the server has ended the connection. */
  readonly closed: Promise<void>;
  readonly resets = new Map<number, number>();
  #received = Buffer.alloc(0);

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('error', () => undefined); // the end follows
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Connects and says hello. */
  static async open(addr: string, texts: CertificateTexts): Promise<RawConnection> {
    const [host = '', port] = addr.split(':');
    const socket = connectTls({ ...tlsOptions(texts), host, port: Number(port), ALPNProtocols: ['h2'] });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    const raw = new RawConnection(socket);
    raw.write(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
    raw.write(frame({ type: 4 }));
    return raw;
  }

  write(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= 9) {
      const length = this.#received.readUIntBE(0, 3);
      if (this.#received.length < 9 + length) return;
      if (this.#received[3] === 3)
        this.resets.set(this.#received.readUInt32BE(5), this.#received.readUInt32BE(9));
      this.#received = this.#received.subarray(9 + length);
    }
  }
}

/** One frame. Types: 1 HEADERS, 3 RST_STREAM, 4 SETTINGS, 6 PING, 9 CONTINUATION. */
export function frame({
  type,
  flags = 0,
  stream = 0,
  payload = Buffer.alloc(0),
}: {
  readonly type: number;
  readonly flags?: number;
  readonly stream?: number;
  readonly payload?: Buffer;
}): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The headers of a call, not compressed. */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]),
  );
}

/** The headers of a stream of calls. */
export const CONNECT_HEADERS = headerBlock({
  ':method': 'POST',
  ':scheme': 'https',
  ':path': '/module.ModuleService/Connect',
  ':authority': 'callee',
  'content-type': 'application/grpc',
  te: 'trailers',
});
