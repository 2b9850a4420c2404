import { type Concurrency, type Message, TinyError, cancelled } from '@tinysystems/core';

interface Waiter {
  readonly enter: () => void;
  readonly signal: AbortSignal;
}

/**
 * The slots of one node: how many handlers run their own code at once, and how many messages wait for that.
 * A message whose chain already passed this node waits even when the queue is full, so a cycle never blocks itself.
 */
export class Slots {
  readonly #node: string;
  #limits: Concurrency;
  #taken = 0;
  // A Set keeps insertion order and forgets a cancelled waiter in constant time.
  readonly #waiting = new Set<Waiter>();

  constructor(node: string, limits: Concurrency) {
    this.#node = node;
    this.#limits = limits;
  }

  set limits(limits: Concurrency) {
    this.#limits = limits;
    this.#admit();
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Takes a slot.
   *
   * @returns `undefined` when one was free, else a promise that resolves when it was given.
   * @throws TinyError `Overloaded`/`QUEUE_FULL` at once when the queue is full; the signal's error when it ends the wait.
   */
  take(message: Message, signal: AbortSignal): Promise<void> | undefined {
    if (this.#taken < this.#limits.max) {
      this.#taken += 1;
      return undefined;
    }
    if (this.#waiting.size >= this.#limits.queue && !hasPassed(message, this.#node)) {
      throw new TinyError(
        'Overloaded',
        'QUEUE_FULL',
        `node ${this.#node} has ${this.#limits.max} messages in work and ${this.#limits.queue} waiting; ` +
          'send slower, or raise spec.concurrency',
        { retryAfterMs: 1000 },
      );
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(waiter);
        reject(cancelled(signal));
      };
      const waiter: Waiter = {
        signal,
        enter: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#waiting.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Gives a slot back. */
  give(): void {
    this.#taken -= 1;
    if (this.#waiting.size > 0) this.#admit();
  }

  #admit(): void {
    for (const waiter of this.#waiting) {
      if (this.#taken >= this.#limits.max) return;
      this.#waiting.delete(waiter);
      this.#taken += 1;
      waiter.enter();
    }
  }
}

function hasPassed(message: Message, node: string): boolean {
  for (let passed = message.passed; passed !== undefined; passed = passed.before) if (passed.node === node) return true;
  return false;
}
