import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** What a network does to bytes; each may change while it runs. */
export interface NetworkTrouble {
  /** How long bytes are on their way, milliseconds, in each direction. */
  delayMs: number;
  /** The directions in which bytes vanish, while connections stay open. */
  readonly cut: Set<'to server' | 'to client'>;
  /** The share of packets that come 200 ms late, as TCP brings those that were lost. */
  lateShare: number;
}

const RETRANSMISSION_MS = 200;

/** A network between a client and a server: slow, lossy, or open in one direction only. Bytes keep their order. */
export class NetworkProxy implements AsyncDisposable {
  readonly trouble: NetworkTrouble = { delayMs: 0, cut: new Set(), lateShare: 0 };
  readonly #random: () => number;
  readonly #server = createServer((client) => this.#join(client));
  readonly #target: number;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number, random: () => number) {
    this.#target = target;
    this.#random = random;
  }

  static async start(targetPort: number, random: () => number): Promise<NetworkProxy> {
    const proxy = new NetworkProxy(targetPort, random);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    this.#pass(client, server, 'to server');
    this.#pass(server, client, 'to client');
  }

  #pass(from: Socket, to: Socket, direction: 'to server' | 'to client'): void {
    let onTheirWay: Promise<unknown> = Promise.resolve();
    const later = (act: () => void) => {
      const { delayMs, lateShare } = this.trouble;
      const waitMs = delayMs + (this.#random() < lateShare ? RETRANSMISSION_MS : 0);
      const arrived = waitMs === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, waitMs));
      onTheirWay = Promise.all([onTheirWay, arrived]).then(() => {
        if (!this.trouble.cut.has(direction)) act();
      });
    };
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes) => later(() => to.write(bytes)));
    from.on('end', () => later(() => to.end()));
    from.on('error', () => later(() => to.destroy()));
    from.on('close', () => {
      this.#sockets.delete(from);
      later(() => to.destroy());
    });
  }
}
