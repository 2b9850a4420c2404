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
import type { Peer, PeerGate } from './peer.ts';

/** What an intake works with. */
export interface IntakeOptions {
  /** Delivers to the nodes of this process. */
  readonly deliver: Deliver;
  /** Refuses a call by throwing; asked before the message is delivered. */
  readonly authorise: (message: Message, peer: Peer, signal: AbortSignal) => Promise<void>;
  readonly gate: PeerGate;
  readonly clock: Clock;
  /** What has entered the process; each call is charged until it is answered. */
  readonly budget: ByteBudget;
}

/** One call as it came in. */
export interface IncomingCall {
  readonly peer: Peer;
  /** Ends its chain. */
  readonly abort: AbortController;
  /** Makes the message, once the call is let in. */
  readonly read: () => Message;
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
   * @returns the reply as JSON; empty: nobody replied.
   * @throws TinyError, or whatever the node threw.
   */
  async run(bytes: number, { peer, abort, read }: IncomingCall): Promise<Buffer> {
    const { budget } = this.#options;
    budget.take(bytes);
    this.#calls.add(abort);
    try {
      const message = read();
      const reply = await this.#deliver(message, peer, abort.signal);
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

  #deliver(message: Message, peer: Peer, parent: AbortSignal): Promise<Json | undefined> {
    const { deliver, authorise, gate, clock } = this.#options;
    gate.demandValid(peer, clock.now());
    const { deadlineMs } = message;
    const chain = { clock, deadlineMs, parents: [parent], what: `the call to ${formatAddress(message.to)}` };
    return runChain(chain, async (signal) => {
      await authorise(message, peer, signal);
      return deliver(message, signal);
    });
  }
}
