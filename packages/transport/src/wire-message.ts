import {
  type Message,
  TinyError,
  formatAddress,
  formatTraceparent,
  parseAddress,
  parseTraceparent,
} from '@tinysystems/core';
import { type JsonText, decodeJson, decodePassed, encodePassed } from './codec.ts';
import type { Call } from './frame.ts';

/** A message as it is written: the same for single calls and for streams. */
export type WireMessage = Omit<Call, 'id' | 'remainingMs'>;

/** Writes a message for the wire. `payload` is its data; number and time are the sender's to fill in. */
export function writeMessage(message: Message, payload: JsonText): Call {
  const { from, to, edgeId = '', depth, trace, passed } = message;
  return {
    id: 0,
    from: from === undefined ? '' : formatAddress(from),
    to: formatAddress(to),
    edgeId,
    payload,
    remainingMs: 0,
    depth,
    traceparent: trace === undefined ? '' : formatTraceparent(trace),
    passed: passed === undefined ? '' : encodePassed(passed),
  };
}

/**
 * Reads a message off the wire.
 *
 * @param deadlineMs - when its chain must have ended, milliseconds since the epoch.
 * @throws TinyError `Permanent`: `MESSAGE_INVALID`, `MESSAGE_TOO_LARGE`.
 */
export function readMessage(wire: WireMessage, deadlineMs: number): Message {
  const to = parseAddress(wire.to);
  if (to === undefined)
    throw new TinyError(
      'Permanent',
      'MESSAGE_INVALID',
      `To must be node:port, not ${JSON.stringify(wire.to)}`,
    );
  return {
    // Never undefined: that is what tells a TinySignal, which may reach system ports.
    from: parseAddress(wire.from) ?? NOBODY,
    to,
    edgeId: wire.edgeId,
    data: decodeJson(wire.payload, () => `the payload for ${wire.to}`),
    depth: wire.depth,
    deadlineMs,
    trace: wire.traceparent === '' ? undefined : parseTraceparent(wire.traceparent),
    passed: wire.passed === '' ? undefined : decodePassed(wire.passed),
  };
}

const NOBODY = { node: '', port: '' };
