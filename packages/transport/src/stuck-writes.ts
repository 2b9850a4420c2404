import type { ServerHttp2Session } from 'node:http2';
import type { Clock } from '@tinysystems/core';

/** How long a connection that cannot write may leave what comes unread, milliseconds. */
const LOOK_MS = 50;

/**
 * Node reads nothing from an HTTP/2 connection while the operating system has not taken what it writes to it. Were both
 * sides to write more than two sockets hold, each would wait for the other to read, for ever. So this side reads on.
 */
export class StuckWrites {
  readonly #clock: Clock;
  readonly #sessions = new Set<ServerHttp2Session>();
  #takeBack: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Looks after a connection until it is closed. */
  watch(session: ServerHttp2Session): void {
    if (this.#sessions.size === 0) this.#lookLater();
    this.#sessions.add(session);
    session.once('close', () => {
      this.#sessions.delete(session);
      if (this.#sessions.size === 0) this.#takeBack();
    });
  }

  #lookLater(): void {
    this.#takeBack = this.#clock.after(LOOK_MS, () => {
      for (const session of this.#sessions) {
        const handle = handleOf(session);
        if (handle !== undefined && handle.writeQueueSize > 0) handle.readStart();
      }
      this.#lookLater();
    });
  }
}

/** What is below a socket of Node. */
interface SocketHandle {
  readonly writeQueueSize: number;
  readStart(): void;
}

/**
 * Node has it under this name since its first versions, but not in its types; the tests see when this ends to work.
 *
 * @returns `undefined`: the connection is closed.
 */
function handleOf(session: ServerHttp2Session): SocketHandle | undefined {
  const socket = session.socket as unknown as { readonly _handle: SocketHandle | null } | undefined;
  return socket?._handle ?? undefined;
}
