import { type Clock, MAX_IN_FLIGHT_BYTES, TinyError, formatAddress } from '@tinysystems/core';
import type { OutgoingCall } from './outgoing-call.ts';

/** The most calls that wait to be written to one replica. */
export const MAX_WAITING_CALLS = 4096;

/** The calls that are not written yet, oldest first. Each waits until its deadline at most. */
export class CallQueue {
  readonly #clock: Clock;
  readonly #calls = new Set<OutgoingCall>();
  #bytes = 0;
  /** No call in it has an earlier deadline. */
  #soonestMs = Number.POSITIVE_INFINITY;
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
    const bytes = call.payload.bytes;
    const isFull = this.#calls.size >= MAX_WAITING_CALLS || this.#bytes + bytes > MAX_IN_FLIGHT_BYTES;
    if (isFull && this.#calls.size > 0) {
      const text = `${this.#calls.size} calls wait for the module of ${formatAddress(call.message.to)} to take them`;
      throw new TinyError('Overloaded', 'QUEUE_FULL', text, { retryAfterMs: 1000 });
    }
    this.#calls.add(call);
    this.#bytes += bytes;
    this.#soonestMs = Math.min(this.#soonestMs, call.message.deadlineMs);
  }

  /** Takes a call out; `false`: it is not in it. */
  delete(call: OutgoingCall): boolean {
    if (!this.#calls.delete(call)) return false;
    this.#bytes -= call.payload.bytes;
    if (this.#calls.size === 0) this.#disarm();
    return true;
  }

  /** Those that are still in it could not be written: from now on their deadlines are watched. */
  watchDeadlines(): void {
    if (this.#soonestMs >= this.#timerAtMs) return;
    this.#takeBack();
    this.#timerAtMs = this.#soonestMs;
    const delayMs = Math.max(0, this.#soonestMs - this.#clock.now());
    this.#takeBack = this.#clock.after(delayMs, () => this.#expire());
  }

  #expire(): void {
    this.#timerAtMs = this.#soonestMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.now();
    for (const call of this.#calls) {
      const { deadlineMs } = call.message;
      if (deadlineMs > nowMs) this.#soonestMs = Math.min(this.#soonestMs, deadlineMs);
      else if (this.delete(call)) call.fail(lateFor(call));
    }
    this.watchDeadlines();
  }

  #disarm(): void {
    this.#takeBack();
    this.#timerAtMs = this.#soonestMs = Number.POSITIVE_INFINITY;
  }
}

/** The failure of a call whose time is over. */
export function lateFor({ message }: OutgoingCall): TinyError {
  const text = `the call to ${formatAddress(message.to)} did not end before its deadline`;
  return new TinyError('Timeout', 'DEADLINE_EXCEEDED', text);
}
