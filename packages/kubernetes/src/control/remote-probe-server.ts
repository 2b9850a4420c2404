import type { ProbeOptions, ProbeServer } from './control.ts';
import { waitFor } from '../wait-for.ts';

/** A server of probes that runs in another thread, and asks this one for its checks. */
export class RemoteProbeServer implements ProbeServer {
  readonly name = 'health server';
  readonly #options: ProbeOptions;
  readonly #serve: (signal: AbortSignal) => Promise<void>;
  readonly #listening = Promise.withResolvers<void>();
  #port: number | undefined;

  /** @param serve - answers probes in the other thread until its signal aborts. */
  constructor(options: ProbeOptions, serve: (signal: AbortSignal) => Promise<void>) {
    this.#options = options;
    this.#serve = serve;
  }

  get port(): number {
    return this.#port ?? this.#options.port;
  }

  waitForSync(signal: AbortSignal): Promise<void> {
    return waitFor(this.#listening.promise, signal);
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#serve(signal);
  }

  /** Takes in where it listens. */
  listens(port: number): void {
    this.#port = port;
    this.#listening.resolve();
  }

  /** @returns why a check failed, `undefined` when it did not. */
  async check(index: number, signal: AbortSignal): Promise<string | undefined> {
    try {
      await this.#options.readyz[index]?.check(signal);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
