import type { Failure, Call as WireCall, Frame as WireFrame } from '@tinysystems/proto';
import { type JsonText, NO_TEXT } from './codec.ts';

/** A frame of the proto, with its JSON as text. */
export interface Frame extends Omit<WireFrame, 'calls' | 'replies'> {
  readonly calls: Call[];
  readonly replies: Reply[];
  readonly failures: Failure[];
  readonly cancels: number[];
}

/** A call of the proto. */
export interface Call extends Omit<WireCall, 'payload'> {
  payload: JsonText;
}

/** A reply of the proto. */
export interface Reply {
  id: number;
  /** {@link NO_TEXT}: nobody replied. */
  data: JsonText;
}

/** A frame that says nothing. */
export function emptyFrame(): Frame {
  return {
    calls: [],
    replies: [],
    failures: [],
    cancels: [],
    credit: 0,
    ping: 0,
    pong: 0,
    stopping: false,
  };
}

/** A call that says nothing. */
export function emptyCall(): Call {
  return {
    id: 0,
    from: '',
    to: '',
    edgeId: '',
    payload: NO_TEXT,
    remainingMs: 0,
    depth: 0,
    traceparent: '',
    passed: '',
  };
}
