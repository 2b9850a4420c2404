import type { TinyError } from '@tinysystems/core';

/** A send that waits. It stands in a chain of links, because a set of what comes and goes so fast grows and shrinks all the time. */
export interface WaitingSend {
  readonly end: (error: TinyError) => void;
  before: WaitingSend | undefined;
  after: WaitingSend | undefined;
}

/** The sends that wait for one edge, in the order in which they began. */
export class WaitingSends {
  #first: WaitingSend | undefined;
  #last: WaitingSend | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param end - ends the wait with an error. */
  add(end: (error: TinyError) => void): WaitingSend {
    const send: WaitingSend = { end, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = send;
    else this.#last.after = send;
    this.#last = send;
    this.#size += 1;
    return send;
  }

  /** To be called once for each; after {@link endAll} it changes nothing. */
  delete(send: WaitingSend): void {
    const { before, after } = send;
    if (before === undefined && this.#first !== send) return;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    this.#size -= 1;
  }

  /** Ends them all. */
  endAll(error: TinyError): void {
    let send = this.#first;
    this.#first = this.#last = undefined;
    this.#size = 0;
    while (send !== undefined) {
      const { end, after } = send;
      send.before = send.after = undefined;
      end(error);
      send = after;
    }
  }
}
