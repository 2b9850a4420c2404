import { setTimeout as sleep } from 'node:timers/promises';
import { type Answered, HttpConnection } from './http-connection.ts';

/** What a load consists of. */
export interface LoadOptions {
  readonly port: number;
  readonly request: string;
  readonly durationMs: number;
}

/** A load at a steady rate. */
export interface OfferOptions extends LoadOptions {
  readonly perSecond: number;
  readonly maxConnections: number;
  /** How long answers are waited for when the load is over; default 2 s. */
  readonly drainMs?: number;
}

/** How a load was answered. */
export interface LoadResult {
  /** By status. */
  readonly counts: ReadonlyMap<number, number>;
  /** Of those answered 200, milliseconds. */
  readonly latenciesMs: readonly number[];
  /** Connections that ended without an answer. */
  readonly broken: number;
  /** Answered 200 within the time that the load lasted, per second. */
  readonly goodput: number;
}

/** Some clients, each of which sends the next request when the last one is answered. */
export async function saturate({
  port,
  request,
  durationMs,
  clients,
}: LoadOptions & { readonly clients: number }): Promise<LoadResult> {
  const tally = new Tally(durationMs);
  const client = async () => {
    using connection = await HttpConnection.open(port);
    while (tally.isRunning) await tally.count(connection.send(request));
  };
  await Promise.all(Array.from({ length: clients }, client));
  return tally.result;
}

/**
 * Requests at a steady rate, whether or not earlier ones were answered: each goes over a connection that is free, or over
 * a new one. When all `maxConnections` are busy, a request is left out.
 */
export async function offer({
  port,
  request,
  durationMs,
  perSecond,
  maxConnections,
  drainMs = 2_000,
}: OfferOptions): Promise<LoadResult> {
  const free: HttpConnection[] = [];
  const all = new Set<HttpConnection>();
  const tally = new Tally(durationMs);
  let opening = 0;
  const open = async () => {
    opening += 1;
    const connection = await HttpConnection.open(port);
    all.add(connection);
    opening -= 1;
    return connection;
  };
  /** The server closes those that were not used for a while. */
  const unused = () => {
    let connection = free.pop();
    for (; connection?.isOpen === false; connection = free.pop()) all.delete(connection);
    return connection;
  };
  const one = async () => {
    const connection = unused() ?? (await open());
    await tally.count(connection.send(request));
    if (connection.isOpen) free.push(connection);
    else all.delete(connection);
  };
  const sent: Promise<void>[] = [];
  for (let due = 0; tally.isRunning; await sleep(1)) {
    for (; due < (tally.elapsedMs * perSecond) / 1000; due += 1)
      if (free.length > 0 || all.size + opening < maxConnections) sent.push(one());
  }
  await Promise.race([Promise.all(sent), sleep(drainMs)]);
  for (const connection of all) connection[Symbol.dispose]();
  await Promise.allSettled(sent);
  return tally.result;
}

class Tally {
  readonly #durationMs: number;
  readonly #startedMs = performance.now();
  readonly #counts = new Map<number, number>();
  readonly #latenciesMs: number[] = [];
  #good = 0;
  #broken = 0;

  constructor(durationMs: number) {
    this.#durationMs = durationMs;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  get isRunning(): boolean {
    return this.elapsedMs < this.#durationMs;
  }

  async count(answer: Promise<Answered>): Promise<void> {
    try {
      const { status, tookMs } = await answer;
      this.#counts.set(status, (this.#counts.get(status) ?? 0) + 1);
      if (status !== 200) return;
      this.#latenciesMs.push(tookMs);
      if (this.isRunning) this.#good += 1;
    } catch {
      this.#broken += 1; // Counted: what ended it is the caller's matter.
    }
  }

  get result(): LoadResult {
    const goodput = (this.#good / this.#durationMs) * 1000;
    return { counts: this.#counts, latenciesMs: this.#latenciesMs, broken: this.#broken, goodput };
  }
}
