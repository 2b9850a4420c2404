import type { Logger } from '../logger.ts';

type Listener = (isLeader: boolean) => void;

/** Those who want to hear of gains and losses; what one throws does not keep the others from hearing. */
export class LeadershipListeners {
  readonly #logger: Logger;
  readonly #fields: object;
  readonly #listeners = new Set<Listener>();

  /** @param fields - are logged with what a listener throws. */
  constructor(logger: Logger, fields: object) {
    this.#logger = logger;
    this.#fields = fields;
  }

  /** @returns a function that ends it. */
  add(listener: Listener): () => void {
    const own: Listener = (isLeader) => listener(isLeader);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  call(isLeader: boolean): void {
    for (const listener of this.#listeners) {
      try {
        listener(isLeader);
      } catch (err) {
        this.#logger.error({ ...this.#fields, err }, 'listener for leadership failed');
      }
    }
  }
}
