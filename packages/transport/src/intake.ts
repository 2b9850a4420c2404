import {
  type ByteBudget,
  type Clock,
  type Deliver,
  type Json,
  type Message,
  OpenChain,
  type TinyError,
  formatAddress,
} from '@tinysystems/core';
import type { Peer, PeerGate } from './peer.ts';

/** What an intake works with. */
export interface IntakeOptions {
  /** Delivers to the nodes of this process. */
  readonly deliver: Deliver;
  /** Refuses a call by throwing; asked before the message is delivered. `undefined`: it is allowed at once. */
  readonly authorise: (message: Message, peer: Peer, signal: AbortSignal) => Promise<void> | undefined;
  readonly gate: PeerGate;
  readonly clock: Clock;
  /** What has entered the process; each call is charged until it is answered. */
  readonly budget: ByteBudget;
}

/** A call as it came in. */
export interface Entry {
  readonly peer: Peer;
  /** The length of its payload, charged until it is answered. */
  readonly bytes: number;
  /** Makes the message, once the call is let in. */
  readonly read: () => Message;
}

/** A call in work. */
export type IncomingCall = OpenChain<Json | undefined>;

/** Where the calls of other modules enter this process, however they came: bounded, authorised, one chain each. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #calls = new Set<IncomingCall>();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Begins one call. @throws TinyError when it is not let in, or is no message. */
  begin({ peer, bytes, read }: Entry): IncomingCall {
    const { budget, gate, clock } = this.#options;
    budget.take(bytes);
    let call: IncomingCall | undefined;
    const end = () => {
      budget.give(bytes);
      if (call !== undefined) this.#calls.delete(call);
    };
    try {
      const message = read();
      gate.demandValid(peer, clock.now());
      const { deadlineMs, to } = message;
      const chain = { clock, deadlineMs, parents: NOBODY, what: `the call to ${formatAddress(to)}` };
      call = new OpenChain(chain, (signal) => this.#deliver(message, peer, signal));
    } catch (error) {
      end();
      throw error;
    }
    this.#calls.add(call);
    call.answer.then(end, end);
    return call;
  }

  /** Ends all calls. */
  abortAll(error: TinyError): void {
    for (const call of this.#calls) call.end(error);
  }

  #deliver(message: Message, peer: Peer, signal: AbortSignal): Promise<Json | undefined> {
    const { deliver, authorise } = this.#options;
    const allowed = authorise(message, peer, signal);
    return allowed === undefined ? deliver(message, signal) : allowed.then(() => deliver(message, signal));
  }
}

const NOBODY: readonly AbortSignal[] = [];
