import type { Server } from 'node:https';
import { Socket } from 'node:net';

/** The TCP connections below a server's TLS ones: only they can be reset, and some are still without TLS. */
export class Connections {
  readonly #sockets = new Map<string, Socket>();

  /** Keeps track of every connection of `server`. */
  track(server: Server): void {
    server.on('connection', (socket) => {
      if (!(socket instanceof Socket)) return;
      const key = peerOf(socket);
      this.#sockets.set(key, socket);
      socket.once('close', () => this.#sockets.delete(key));
    });
  }

  /**
   * Closes every connection, one whose TLS handshake goes on too: the server itself knows of those that have ended it
   * only, and the others could be used for requests, and keep it from closing, for ever.
   */
  closeAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  /** Cuts a connection as a crash would: with RST. */
  reset(socket: Socket): void {
    const connection = this.#sockets.get(peerOf(socket));
    if (connection) connection.resetAndDestroy();
    else socket.destroy();
  }
}

function peerOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
