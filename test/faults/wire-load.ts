import assert from 'node:assert/strict';
import { eventually } from '@tinysystems/testing';
import type { FaultProcess } from './fault-process.ts';
import { type Began, type Wire, order } from './wire.ts';
import type { Order, Outcome } from './wire-order.ts';

/** So few that a door which is told to stop has soon made them. */
const CALLS_OF_AN_ORDER = 100;

/** What a load is made of. */
export interface LoadOptions extends Omit<Order, 'from' | 'count'> {
  /** The doors that may be ordered now. */
  readonly doors: () => readonly FaultProcess[];
  /** Numbers count from here; two loads must not share any. */
  readonly from?: number;
  /** How many calls an order is for; default 100. */
  readonly calls?: number;
  /** How many orders are given at once; default 1. */
  readonly orders?: number;
  /** Between two orders, milliseconds; default 0. */
  readonly pauseMs?: number;
}

/** Makes calls without a pause until it is disposed, and keeps how each of them ended. */
export class WireLoad implements AsyncDisposable {
  readonly outcomes: Outcome[] = [];
  /** Orders whose door ended before it could answer, as first and last number. */
  readonly lost: (readonly [from: number, to: number])[] = [];
  readonly #options: LoadOptions;
  readonly #lanes: Promise<unknown>;
  #isStopped = false;
  #next: number;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#next = options.from ?? 0;
    const lanes = Promise.all(Array.from({ length: options.orders ?? 1 }, () => this.#run()));
    // Whoever disposes of it hears of a failure.
    lanes.catch(() => undefined);
    this.#lanes = lanes;
  }

  /** How many calls have ended. */
  get ended(): number {
    return this.outcomes.length;
  }

  /** Waits until so many calls more have ended. */
  async more(count: number, timeoutMs = 60_000): Promise<void> {
    const until = this.ended + count;
    await eventually(() => this.ended >= until, { timeoutMs, intervalMs: 20 });
  }

  /** Waits until the orders that were given are done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#lanes;
  }

  async #run(): Promise<void> {
    const {
      doors,
      pauseMs = 0,
      calls = CALLS_OF_AN_ORDER,
      from: _from,
      orders: _orders,
      ...what
    } = this.#options;
    for (let turn = 0; !this.#isStopped; turn += 1) {
      const open = doors();
      const door = open[turn % open.length];
      if (door === undefined) {
        await pause(20);
        continue;
      }
      const from = this.#next;
      this.#next += calls;
      try {
        const outcomes = await order(door, { ...what, from, count: calls });
        assert.equal(outcomes.length, calls, 'calls of an order that ended');
        this.outcomes.push(...outcomes);
      } catch (error) {
        // Its caller is gone, and with it whoever could be told.
        if ((error as Error).name !== 'TypeError') throw error;
        this.lost.push([from, this.#next - 1]);
      }
      if (pauseMs > 0) await pause(pauseMs);
    }
  }
}

/** How a load's calls add up. */
export interface Balance {
  readonly calls: number;
  readonly answered: number;
  readonly failed: readonly Outcome[];
  /** Handlers that began; more than calls where an edge tried again. */
  readonly began: number;
  /** Calls that were begun more than once. */
  readonly repeated: number;
}

/**
 * Balances what callers were told with what handlers began: each call ended once, by an answer of a handler that began,
 * or by a typed error.
 *
 * @param maxRepeated - how many calls may have been begun more than once: none where edges make one attempt.
 */
export function balance(outcomes: readonly Outcome[], began: readonly Began[], maxRepeated = 0): Balance {
  const times = new Map<number, Began[]>();
  for (const each of began) times.set(each.n, [...(times.get(each.n) ?? []), each]);
  const ended = new Set(outcomes.map(({ n }) => n));
  assert.equal(ended.size, outcomes.length, 'calls that ended');
  let own = 0;
  let repeated = 0;
  for (const { n, by, kind, code } of outcomes) {
    const beginnings = times.get(n) ?? [];
    own += beginnings.length;
    if (beginnings.length > 1) repeated += 1;
    if (by === undefined) assert.notEqual(kind, 'none', `call ${n} failed with no TinyError: ${code}`);
    else
      assert.ok(
        beginnings.some((each) => each.by === by),
        `${by} answered call ${n}, and has not begun it`,
      );
  }
  assert.ok(repeated <= maxRepeated, `${repeated} calls were begun more than once`);
  const failed = outcomes.filter(({ by }) => by === undefined);
  return { calls: outcomes.length, answered: outcomes.length - failed.length, failed, began: own, repeated };
}

/** Calls whose caller is gone ended with it, but must not have been begun twice either. */
export function demandBegunOnce(lost: WireLoad['lost'], began: readonly Began[]): void {
  const times = new Map<number, number>();
  for (const { n } of began) times.set(n, (times.get(n) ?? 0) + 1);
  for (const [from, to] of lost)
    for (let n = from; n <= to; n += 1)
      assert.ok((times.get(n) ?? 0) <= 1, `call ${n}, whose caller is gone, was begun more than once`);
}

/** @throws AssertionError naming the calls that failed, and how the replicas fare. */
export function demandNoneFailed({ failed }: Balance, what: string, { story }: Pick<Wire, 'story'>): void {
  const first = failed.slice(0, 5).map((outcome) => JSON.stringify(outcome));
  assert.equal(failed.length, 0, `${what}:\n${first.join('\n')}\n${story}`);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
