import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A network between a client and a server that a test can break. */
export class Proxy implements AsyncDisposable {
  readonly #server = createServer((client) => this.#join(client));
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #links = new Set<{ isDead: boolean }>();
  #isFrozen = false;

  static async start(targetPort: number): Promise<Proxy> {
    const proxy = new Proxy(targetPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(targetPort: number) {
    this.#target = targetPort;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resets every connection; new ones work. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Ends every connection in the orderly way (FIN) that TCP knows and TLS does not; new ones work. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.end();
  }

  /** From now on bytes vanish in both directions, and connections stay open, as when a cable is pulled. */
  freeze(): void {
    this.#isFrozen = true;
    for (const link of this.#links) link.isDead = true;
  }

  /** New connections work again; the frozen ones never do. */
  thaw(): void {
    this.#isFrozen = false;
  }

  #join(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    const link = { isDead: this.#isFrozen };
    this.#links.add(link);
    const join = (from: Socket, to: Socket): void => {
      this.#sockets.add(from);
      from.on('data', (bytes) => !link.isDead && to.write(bytes));
      from.on('error', () => to.destroy()); // A reset on one side is a reset of both.
      from.on('close', () => {
        this.#sockets.delete(from);
        this.#links.delete(link);
        if (!link.isDead) to.destroy();
      });
    };
    join(client, server);
    join(server, client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
