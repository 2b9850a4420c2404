import { type Http2SecureServer, type Http2Server, type ServerHttp2Session, constants } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Server } from '@grpc/grpc-js';
import type { Clock } from '@tinysystems/core';
import { keepWhileClosing } from './closing-connections.ts';
import { type RefusalMeter, reasonFromTlsError } from './refusal.ts';
import { CREDIT_BYTES } from './server-stream.ts';
import { StuckWrites } from './stuck-writes.ts';

/**
 * How much of a connection may be on its way and not taken off it, in each direction, bytes. HTTP/2 begins with 64 KiB,
 * which is less than one turn of the event loop has to say, lets one connection carry 160 KB/s at 200 ms each way, and a
 * ping wait for minutes behind a large message. What bounds memory is the credit that calls need: this is as much.
 */
export const WINDOW_BYTES = CREDIT_BYTES;
/** The most pings and settings that a client may send within {@link WINDOW_MS}; ours send one ping in that time. */
const MAX_CONTROL_FRAMES = 100;
const WINDOW_MS = 10_000;

/** What a guard works with. */
export interface ConnectionGuardOptions {
  readonly clock: Clock;
  readonly onRefusal: RefusalMeter;
}

/**
 * Gives connections a large window, lets none get stuck and those that are being closed end their calls, counts the handshakes that fail, and ends connections that
 * keep this process busy with control frames. Rapid resets, endless headers and unanswered pings end a connection in
 * Node and grpc-js.
 */
export function guardConnections(server: Server, { clock, onRefusal }: ConnectionGuardOptions): void {
  const stuckWrites = new StuckWrites(clock);
  for (const http2Server of http2ServersOf(server)) {
    http2Server.on('session', (session: ServerHttp2Session) => {
      widenWindow(session);
      keepWhileClosing(session);
      stuckWrites.watch(session);
      limitControlFrames(session, clock, onRefusal);
    });
    http2Server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      const reason = authorizationError(socket);
      // Somebody who only looks whether the port is open is not refused.
      if (reason === undefined && error.code === 'ECONNRESET') return;
      const who = socket.remoteAddress ?? 'a caller that is gone';
      onRefusal('in', reasonFromTlsError(reason ?? error.code), `${who}: ${reason ?? error.message}`);
    });
  }
}

/** grpc-js has an option for it on the client's side only. */
function widenWindow(session: ServerHttp2Session): void {
  session.settings({ initialWindowSize: WINDOW_BYTES });
  session.setLocalWindowSize(WINDOW_BYTES);
}

function limitControlFrames(session: ServerHttp2Session, clock: Clock, onRefusal: RefusalMeter): void {
  let count = 0;
  let sinceMs = clock.now();
  const counted = () => {
    count += 1;
    if (count <= MAX_CONTROL_FRAMES) return;
    const nowMs = clock.now();
    if (nowMs - sinceMs >= WINDOW_MS) {
      count = 1;
      sinceMs = nowMs;
      return;
    }
    if (session.destroyed) return;
    const who = session.socket.remoteAddress ?? 'a caller';
    onRefusal(
      'in',
      'abuse',
      `${who} sent more than ${MAX_CONTROL_FRAMES} pings or settings in ${WINDOW_MS / 1000} s`,
    );
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    session.destroy();
  };
  session.on('ping', counted);
  session.on('remoteSettings', counted);
}

/** Node gives the code, whatever its types say. */
function authorizationError({ authorizationError: error }: TLSSocket): string | undefined {
  return (error as unknown as string | null | undefined) ?? undefined;
}

/** grpc-js shows them to nobody; its version is pinned, and the tests see when this ends to work. */
function http2ServersOf(server: Server): readonly (Http2Server | Http2SecureServer)[] {
  const { http2Servers } = server as unknown as {
    readonly http2Servers: ReadonlyMap<Http2Server | Http2SecureServer, unknown>;
  };
  return [...http2Servers.keys()];
}
