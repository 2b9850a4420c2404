import type { Clock, Timer } from '../clock.ts';

/** What a loop does and with which clock. */
export interface WorkLoopOptions {
  readonly work: (key: string) => Promise<void>;
  readonly clock: Clock;
}

const RETRY_MS = 500;

/** Works through keys one after another; a key that is added again while it waits is worked once. */
export class WorkLoop implements AsyncDisposable {
  readonly #work: (key: string) => Promise<void>;
  readonly #clock: Clock;
  readonly #keys = new Set<string>();
  readonly #retries = new Map<string, Timer>();
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor({ work, clock }: WorkLoopOptions) {
    this.#work = work;
    this.#clock = clock;
  }

  add(key: string): void {
    if (this.#isStopped) return;
    this.#keys.add(key);
    this.#running ??= this.#drain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#retries.values()) timer.clear();
    await this.#running;
  }

  async #drain(): Promise<void> {
    // Never inside the write that added the key: its caller has not been answered yet.
    await Promise.resolve();
    for (const key of this.#keys) {
      if (this.#isStopped) break;
      this.#keys.delete(key);
      try {
        await this.#work(key);
      } catch {
        // Another writer was faster, or storage failed: either way the next look decides anew.
        this.#retryLater(key);
      }
    }
    this.#running = undefined;
  }

  #retryLater(key: string): void {
    this.#retries.get(key)?.clear();
    const timer = this.#clock.setTimeout(() => {
      this.#retries.delete(key);
      this.add(key);
    }, RETRY_MS);
    this.#retries.set(key, timer);
  }
}
