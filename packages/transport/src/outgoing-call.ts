import type { Message, TinyError } from '@tinysystems/core';
import type { JsonText } from './codec.ts';

/** The call was not begun by the replica: another one may take it without running anything twice. */
export class UnsentError extends Error {
  override readonly name = 'UnsentError';
  /** What the caller is told when no other replica takes it. */
  readonly failure: TinyError;
  /** The same replica may take it in another way. */
  readonly isWorthAnother: boolean;

  constructor(failure: TinyError, { isWorthAnother = false } = {}) {
    super(failure.message, { cause: failure });
    this.failure = failure;
    this.isWorthAnother = isWorthAnother;
  }
}

/** One call on its way: it ends once, by an answer, a failure, or its signal. */
export class OutgoingCall {
  readonly message: Message;
  /** The message's data as JSON. */
  readonly payload: JsonText;
  /** The reply; `NO_TEXT`: nobody replied. */
  readonly answer: Promise<JsonText>;
  /** Its number on the stream; 0: it was not written yet. */
  id = 0;
  readonly #signal: AbortSignal;
  readonly #onAbort: (call: OutgoingCall) => void;
  #resolve!: (reply: JsonText) => void;
  #reject!: (error: Error) => void;

  /** @param onAbort - the signal ended; called at most once, never after the call has ended. */
  constructor(
    message: Message,
    payload: JsonText,
    { signal, onAbort }: { readonly signal: AbortSignal; readonly onAbort: (call: OutgoingCall) => void },
  ) {
    this.message = message;
    this.payload = payload;
    this.#signal = signal;
    this.#onAbort = onAbort;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // The call itself listens: no function is made for each.
    signal.addEventListener('abort', this);
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  handleEvent(): void {
    this.#onAbort(this);
  }

  succeed(reply: JsonText): void {
    this.#signal.removeEventListener('abort', this);
    this.#resolve(reply);
  }

  fail(error: Error): void {
    this.#signal.removeEventListener('abort', this);
    this.#reject(error);
  }
}
