import { subscribe } from 'node:diagnostics_channel';
import type { ClientHttp2Stream, Http2Session } from 'node:http2';
import { ModuleServiceService } from '@tinysystems/proto';

/**
 * Lets a connection that is being closed end the calls in work. Node sends no ping over it any more and returns nothing,
 * which grpc-js takes for a dead connection: every 5 s it would cut those that are being closed, with all their calls.
 * So a ping there counts as answered. A peer that dies meanwhile is found by the heartbeat of its stream, or by the
 * deadline of a single call.
 */
export function keepWhileClosing(session: Http2Session): void {
  const ping = session.ping.bind(session) as Ping;
  const pingOrAnswer: Ping = (...given) => {
    if (!session.closed || session.destroyed) return ping(...given);
    process.nextTick(given.at(-1) as OnPong, null, 0, PAYLOAD);
    return true;
  };
  session.ping = pingOrAnswer;
}

type OnPong = (error: Error | null, durationMs: number, payload: Buffer) => void;
/** With a payload or without. */
type Ping = (...given: readonly unknown[]) => boolean;

const PAYLOAD = Buffer.alloc(8);
const OUR_PATHS = ModuleServiceService.message.path.replace(/[^/]+$/, '');

/** Of the client's side grpc-js shows nothing; Node tells of each stream that is made. Once for the process. */
const kept = new WeakSet<Http2Session>();
subscribe('http2.client.stream.created', (created) => {
  const { stream, headers } = created as { stream: ClientHttp2Stream; headers: Record<string, unknown> };
  const { session } = stream;
  if (session === undefined || kept.has(session)) return;
  if (!String(headers[':path']).startsWith(OUR_PATHS)) return;
  kept.add(session);
  keepWhileClosing(session);
});
