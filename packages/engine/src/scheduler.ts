import { type Json, MAX_DEPTH, type Message, type NodeSpec, TinyError, cancelled } from '@tinysystems/core';
import { Runner, type EndReason } from './runner/runner.ts';
import type { InstanceOptions } from './runner/instance.ts';
import type { NodeReport } from './runner/report.ts';

/** How long a message waits for its node to become ready, milliseconds; the chain's deadline may be earlier. */
export const NODE_READY_WAIT_MS = 30_000;
/** How many messages of this process may wait for nodes that are not ready. */
export const MAX_NODE_WAITERS = 10_000;

/** Owns the Runners of this process and finds one for a message. */
export class Scheduler {
  readonly #options: InstanceOptions;
  readonly #runners = new Map<string, Runner>();
  readonly #waiters = new Map<string, Set<() => void>>();
  #waiterCount = 0;
  #isLeader = false;

  constructor(options: InstanceOptions) {
    this.#options = options;
  }

  /** Brings a node to a spec: makes its Runner or changes it. */
  async apply(spec: NodeSpec): Promise<NodeReport> {
    let runner = this.#runners.get(spec.name);
    if (runner === undefined) {
      runner = new Runner(spec, this.#options);
      this.#runners.set(spec.name, runner);
      if (this.#isLeader) await runner.lead(true);
    }
    const report = await runner.apply(spec);
    this.#wake(spec.name);
    return report;
  }

  /** Ends a node's Runner; nothing happens when there is none. */
  async remove(node: string, reason: EndReason): Promise<void> {
    const runner = this.#runners.get(node);
    if (runner === undefined) return;
    await runner.end(reason);
    if (this.#runners.get(node) === runner) this.#runners.delete(node);
  }

  runner(node: string): Runner | undefined {
    return this.#runners.get(node);
  }

  get size(): number {
    return this.#runners.size;
  }

  /** Starts or ends the work that only the leader does, on every node. */
  async lead(isLeader: boolean): Promise<void> {
    this.#isLeader = isLeader;
    await Promise.all([...this.#runners.values()].map((runner) => runner.lead(isLeader)));
  }

  /** Releases every node: this replica stops. */
  async stop(): Promise<void> {
    await Promise.all([...this.#runners.keys()].map((node) => this.remove(node, 'released')));
  }

  /** Delivers to a node of this module; see `Deliver`. */
  readonly deliver = (message: Message, signal: AbortSignal): Promise<Json | undefined> => {
    if (message.depth > MAX_DEPTH) return Promise.reject(tooDeep(message));
    const runner = this.#runners.get(message.to.node);
    if (runner?.isSettled === true) return runner.receive(message, signal);
    return this.#whenSettled(message, signal).then((settled) => settled.receive(message, signal));
  };

  async #whenSettled(message: Message, signal: AbortSignal): Promise<Runner> {
    const { clock } = this.#options;
    const node = message.to.node;
    const untilMs = Math.min(message.deadlineMs, clock.now() + NODE_READY_WAIT_MS);
    for (;;) {
      const runner = this.#runners.get(node);
      if (runner?.isSettled === true) return runner;
      const leftMs = untilMs - clock.now();
      if (leftMs <= 0) throw new TinyError('Transient', 'NODE_NOT_READY', `node ${node} did not become ready in time`);
      await this.#waitFor(node, leftMs, signal);
    }
  }

  #waitFor(node: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#waiterCount >= MAX_NODE_WAITERS) {
      throw new TinyError('Overloaded', 'QUEUE_FULL', `${MAX_NODE_WAITERS} messages already wait for nodes that are not ready`, { retryAfterMs: 1000 });
    }
    return new Promise((resolve, reject) => {
      const waiting = this.#waiters.get(node) ?? new Set();
      this.#waiters.set(node, waiting);
      const leave = () => {
        takeBack();
        signal.removeEventListener('abort', onAbort);
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiters.delete(node);
        this.#waiterCount -= 1;
      };
      const wake = () => {
        leave();
        resolve();
      };
      const onAbort = () => {
        leave();
        reject(cancelled(signal));
      };
      const takeBack = this.#options.clock.after(timeoutMs, wake);
      waiting.add(wake);
      this.#waiterCount += 1;
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #wake(node: string): void {
    for (const wake of this.#waiters.get(node) ?? []) wake();
  }
}

function tooDeep(message: Message): TinyError {
  const text = `a message made ${MAX_DEPTH} hops and would go on to ${message.to.node}: the edges of this flow form a cycle without an end`;
  return new TinyError('Permanent', 'DEPTH_EXCEEDED', text);
}
