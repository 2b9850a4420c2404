import { type Json, type Message, type MessageScope, type Passed, type Reply, type TraceContext, replyWith } from '@tinysystems/core';
import type { Chain } from '../edge/dispatch.ts';
import type { Slots } from '../limits.ts';
import type { Emitter } from './emit.ts';

/** What a handler may do with one message; also the chain that its own messages belong to. */
export class Scope implements MessageScope, Chain {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  readonly depth: number;
  readonly trace: TraceContext | undefined;
  readonly passed: Passed;
  readonly #emitter: Emitter;
  #slots: Slots | undefined;

  constructor(message: Message, signal: AbortSignal, trace: TraceContext | undefined, runner: { readonly emitter: Emitter; readonly slots: Slots }) {
    this.signal = signal;
    this.deadlineMs = message.deadlineMs;
    this.depth = message.depth;
    this.trace = trace;
    this.passed = { node: message.to.node, before: message.passed };
    this.#emitter = runner.emitter;
    this.#slots = runner.slots;
  }

  async emit(port: string, data: Json): Promise<Reply> {
    this.releaseSlot();
    return replyWith(await this.#emitter.emit(port, data, this));
  }

  request(port: string, data: Json): Promise<Json> {
    this.releaseSlot();
    return this.#emitter.request(port, data, this);
  }

  /** The handler's own code counts against the limit only until its first emit: no slot is held across a wait. */
  releaseSlot(): void {
    this.#slots?.give();
    this.#slots = undefined;
  }
}
