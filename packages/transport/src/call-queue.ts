import { type Clock, TinyError, formatAddress } from '@tinysystems/core';
import { MAX_IN_FLIGHT_BYTES } from './byte-budget.ts';
import type { OutgoingCall } from './outgoing-call.ts';

/** The most calls that wait to be written to one replica. */
export const MAX_WAITING_CALLS = 4096;

/** The calls that are not written yet, oldest first. Each waits until its deadline at most. */
export class CallQueue {
  readonly #clock: Clock;
  readonly #calls = new Set<OutgoingCall>();
  #bytes = 0;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #takeBack: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** The one that waits longest. */
  get first(): OutgoingCall | undefined {
    return this.#calls.values().next().value;
  }

  /** @throws TinyError `Overloaded`/`QUEUE_FULL` when 4096 calls or 64 MiB wait. */
  add(call: OutgoingCall): void {
    const bytes = call.payload.length;
    const isFull = this.#calls.size >= MAX_WAITING_CALLS || this.#bytes + bytes > MAX_IN_FLIGHT_BYTES;
    if (isFull && this.#calls.size > 0) {
      const text = `${this.#calls.size} calls wait for the module of ${formatAddress(call.message.to)} to take them`;
      throw new TinyError('Overloaded', 'QUEUE_FULL', text, { retryAfterMs: 1000 });
    }
    this.#calls.add(call);
    this.#bytes += bytes;
  }

  /** Takes a call out; `false`: it is not in it. */
  delete(call: OutgoingCall): boolean {
    if (!this.#calls.delete(call)) return false;
    this.#bytes -= call.payload.length;
    if (this.#calls.size === 0) this.#disarm();
    return true;
  }

  /** Those that are still in it could not be written: from now on their deadlines are watched. */
  watchDeadlines(): void {
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const { message } of this.#calls) soonestMs = Math.min(soonestMs, message.deadlineMs);
    if (soonestMs >= this.#timerAtMs) return;
    this.#disarm();
    this.#timerAtMs = soonestMs;
    this.#takeBack = this.#clock.after(Math.max(0, soonestMs - this.#clock.now()), () => this.#expire());
  }

  #expire(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    for (const call of this.#calls)
      if (call.message.deadlineMs <= this.#clock.now()) {
        this.delete(call);
        call.fail(lateFor(call));
      }
    this.watchDeadlines();
  }

  #disarm(): void {
    this.#takeBack();
    this.#timerAtMs = Number.POSITIVE_INFINITY;
  }
}

/** The failure of a call whose time is over. */
export function lateFor({ message }: OutgoingCall): TinyError {
  const text = `the call to ${formatAddress(message.to)} did not end before its deadline`;
  return new TinyError('Timeout', 'DEADLINE_EXCEEDED', text);
}
