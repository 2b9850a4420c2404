import { type Concurrency, type Message, TinyError, cancelled } from '@tinysystems/core';

interface Waiter {
  readonly enter: () => void;
  readonly refuse: (error: TinyError) => void;
}

/**
 * The slots of one node: how many handlers run their own code at once, and how many messages wait for that.
 * A message whose chain already passed this node waits even when the queue is full, so a cycle never blocks itself.
 */
export class Slots {
  readonly #node: string;
  #limits: Concurrency;
  #taken = 0;
  /** One for all that are refused: under overload, making an error would be most of the work. */
  #refusal: TinyError | undefined;
  /** In the order in which they came; made with the first of them, as most nodes have none. */
  #waiting: Set<Waiter> | undefined;

  constructor(node: string, limits: Concurrency) {
    this.#node = node;
    this.#limits = limits;
  }

  set limits(limits: Concurrency) {
    this.#limits = limits;
    this.#refusal = undefined;
    this.#admit();
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting?.size ?? 0;
  }

  /**
   * Takes a slot.
   *
   * @returns `undefined` when one was free, else a promise that resolves when it was given.
   * @throws TinyError `Overloaded`/`QUEUE_FULL` at once when the queue is full; the signal's error when it ends the wait.
   */
  take(message: Message, signal: AbortSignal): Promise<void> | undefined {
    if (signal.aborted) throw cancelled(signal);
    if (this.#taken < this.#limits.max) {
      this.#taken += 1;
      return undefined;
    }
    if (this.waiting >= this.#limits.queue && !hasPassed(message, this.#node))
      throw (this.#refusal ??= this.#full());
    const waiting = (this.#waiting ??= new Set());
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(waiter);
        signal.removeEventListener('abort', onAbort);
      };
      const refuse = (error: TinyError) => {
        leave();
        reject(error);
      };
      const enter = () => {
        leave();
        resolve();
      };
      const onAbort = () => refuse(cancelled(signal));
      const waiter: Waiter = { enter, refuse };
      waiting.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Gives a slot back. */
  give(): void {
    this.#taken -= 1;
    if (this.waiting > 0) this.#admit();
  }

  /** Refuses all that wait. */
  refuseWaiting(error: TinyError): void {
    for (const waiter of this.#waiting ?? []) waiter.refuse(error);
  }

  #admit(): void {
    for (const waiter of this.#waiting ?? []) {
      if (this.#taken >= this.#limits.max) return;
      this.#taken += 1;
      waiter.enter();
    }
  }

  #full(): TinyError {
    const { max, queue } = this.#limits;
    const text = `node ${this.#node} has ${max} messages in work and ${queue} waiting; send slower, or raise spec.concurrency`;
    return new TinyError('Overloaded', 'QUEUE_FULL', text, { retryAfterMs: 1000 });
  }
}

/** Whether the chain of a message has already passed a node. */
export function hasPassed(message: Message, node: string): boolean {
  for (let passed = message.passed; passed !== undefined; passed = passed.before)
    if (passed.node === node) return true;
  return false;
}
