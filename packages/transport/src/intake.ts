import {
  type ByteBudget,
  type Clock,
  type Deliver,
  type Json,
  type Message,
  type TinyError,
  formatAddress,
  runChain,
} from '@tinysystems/core';
import { encodeReply } from './codec.ts';

/** What an intake works with. */
export interface IntakeOptions {
  /** Delivers to the nodes of this process. */
  readonly deliver: Deliver;
  /** Refuses a call by throwing; asked before the message is delivered. */
  readonly authorise: (message: Message, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  /** What has entered the process; each call is charged until it is answered. */
  readonly budget: ByteBudget;
}

/** Where the calls of other modules enter this process, however they came: bounded, authorised, one chain each. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #calls = new Set<AbortController>();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Runs one call.
   *
   * @param bytes - the length of its payload, charged until it is answered.
   * @param abort - ends its chain.
   * @param read - makes the message, once the call is let in.
   * @returns the reply as JSON; empty: nobody replied.
   * @throws TinyError, or whatever the node threw.
   */
  async run(bytes: number, abort: AbortController, read: () => Message): Promise<Buffer> {
    const { budget } = this.#options;
    budget.take(bytes);
    this.#calls.add(abort);
    try {
      const message = read();
      const reply = await this.#deliver(message, abort.signal);
      return encodeReply(reply, `the reply of ${formatAddress(message.to)}`);
    } finally {
      this.#calls.delete(abort);
      budget.give(bytes);
    }
  }

  /** Whether the call that {@link run} was given this controller for has not ended. */
  isRunning(abort: AbortController): boolean {
    return this.#calls.has(abort);
  }

  /** Ends all chains. */
  abortAll(error: TinyError): void {
    for (const call of this.#calls) call.abort(error);
  }

  #deliver(message: Message, parent: AbortSignal): Promise<Json | undefined> {
    const { deliver, authorise, clock } = this.#options;
    const { deadlineMs } = message;
    const chain = { clock, deadlineMs, parents: [parent], what: `the call to ${formatAddress(message.to)}` };
    return runChain(chain, async (signal) => {
      await authorise(message, signal);
      return deliver(message, signal);
    });
  }
}
