import {
  type Json,
  type Message,
  type MessageScope,
  type Passed,
  type Reply,
  type TraceContext,
  replyFrom,
} from '@tinysystems/core';
import type { Chain } from '../edge/dispatch.ts';
import type { Slots } from '../limits.ts';
import type { Emitter } from './emit.ts';
import type { MessageSignal, MessageSignals } from './message-signals.ts';

/** The parts of a live node that a message uses. */
export interface ScopeNode {
  readonly emitter: Emitter;
  readonly slots: Slots;
  readonly signals: MessageSignals;
}

/** What a handler may do with one message; also the chain that its own messages belong to. */
export class Scope implements MessageScope, Chain {
  readonly chainSignal: AbortSignal;
  readonly deadlineMs: number;
  readonly depth: number;
  readonly trace: TraceContext;
  readonly passed: Passed;
  readonly #node: ScopeNode;
  #hasSlot = true;
  #signal: MessageSignal | undefined;

  constructor(message: Message, chainSignal: AbortSignal, trace: TraceContext, node: ScopeNode) {
    this.chainSignal = chainSignal;
    this.deadlineMs = message.deadlineMs;
    this.depth = message.depth;
    this.trace = trace;
    this.passed = { node: message.to.node, before: message.passed };
    this.#node = node;
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#node.signals.open(this.chainSignal);
    return this.#signal.signal;
  }

  emit(port: string, data: Json): Promise<Reply> {
    this.releaseSlot();
    return replyFrom(watched(this.#node.emitter.emit(port, data, this)));
  }

  request(port: string, data: Json): Promise<Json> {
    this.releaseSlot();
    return watched(this.#node.emitter.request(port, data, this));
  }

  /** The handler's own code counts against the limit only until its first emit: no slot is held across a wait. */
  releaseSlot(): void {
    if (!this.#hasSlot) return;
    this.#hasSlot = false;
    this.#node.slots.give();
  }

  /** The handler has ended. */
  end(): void {
    this.releaseSlot();
    this.#signal?.close();
  }
}

/** A handler that never looks at a failed emission must not end the process; the span of the failed hop tells it. */
export function watched<T>(sent: Promise<T>): Promise<T> {
  sent.catch(ignore);
  return sent;
}

const ignore = () => undefined;
