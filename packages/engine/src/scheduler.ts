import {
  ByteBudget,
  type Deliver,
  type Json,
  MAX_DEPTH,
  type Message,
  type NodeSpec,
  TinyError,
  freezeJson,
  Wakers,
  runChain,
  waitToBeWoken,
} from '@tinysystems/core';
import type { InstanceOptions } from './runner/instance-options.ts';
import { DRAIN_TIMEOUT_MS } from './runner/live.ts';
import type { EndReason } from './runner/end-reason.ts';
import { Runner } from './runner/runner.ts';
import type { NodeReport } from './runner/report.ts';

/** How long a message waits for its node to become ready, milliseconds; the chain's deadline may be earlier. */
export const NODE_READY_WAIT_MS = 30_000;
/** How many messages of this process may wait for nodes that are not ready. */
export const MAX_NODE_WAITERS = 10_000;

/** What a scheduler works with. */
export interface SchedulerOptions extends Omit<InstanceOptions, 'budget'> {
  /** Default: one of its own, 64 MiB. */
  readonly budget?: ByteBudget;
  /** Whether messages are frozen, so that who writes into one fails at once; for development and tests. Default: no. */
  readonly freezesMessages?: boolean;
}

/** Owns the Runners of this process and finds one for a message. */
export class Scheduler {
  /** Delivers to a node of this module; see `Deliver`. */
  readonly deliver: Deliver;
  readonly #options: InstanceOptions;
  readonly #runners = new Map<string, Runner>();
  readonly #waiting = new Wakers();
  #isLeader = false;
  #isStopped = false;

  constructor({ freezesMessages = false, budget = new ByteBudget(), ...options }: SchedulerOptions) {
    this.#options = { ...options, budget };
    this.deliver = freezesMessages ? freezing(this.#deliver) : this.#deliver;
  }

  /** Brings a node to a spec: makes its Runner or changes it. @throws TinyError `Cancelled` after {@link stop}. */
  async apply(spec: NodeSpec): Promise<NodeReport> {
    if (this.#isStopped)
      throw new TinyError('Cancelled', 'CANCELLED', `this replica stops: node ${spec.name} is not started`);
    const runner = this.#runners.get(spec.name) ?? this.#create(spec);
    const report = await runner.apply(spec);
    this.#waiting.wake(spec.name);
    return report;
  }

  /** Ends a node's Runner; nothing happens when there is none, or when a spec was applied meanwhile. */
  async remove(node: string, reason: EndReason): Promise<void> {
    const runner = this.#runners.get(node);
    if (runner !== undefined) await this.#end(runner, reason);
  }

  runner(node: string): Runner | undefined {
    return this.#runners.get(node);
  }

  get size(): number {
    return this.#runners.size;
  }

  /** How many messages wait for nodes that are not ready. */
  get waitingForNodes(): number {
    return this.#waiting.count;
  }

  /** Starts or ends the work that only the leader does, on every node. */
  async lead(isLeader: boolean): Promise<void> {
    this.#isLeader = isLeader;
    await Promise.all([...this.#runners.values()].map((runner) => runner.lead(isLeader)));
  }

  /**
   * Releases every node: this replica stops. First nothing new begins here, then what is on its way goes on across
   * the nodes for 10 s at most, then all end.
   */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const { clock, log } = this.#options;
    const runners = [...this.#runners.values()];
    await Promise.all(runners.map((runner) => runner.quiet()));
    const deadlineMs = clock.now() + DRAIN_TIMEOUT_MS;
    try {
      await runChain({ clock, deadlineMs, parents: [], what: 'draining all nodes' }, (signal) =>
        allIdle(runners, signal),
      );
    } catch (error) {
      log.warn({ err: error }, 'this replica stops before all its messages ended');
    }
    await Promise.all(runners.map((runner) => this.#end(runner, 'released', deadlineMs)));
  }

  readonly #deliver: Deliver = (message: Message, signal: AbortSignal): Promise<Json | undefined> => {
    if (message.depth > MAX_DEPTH) return Promise.reject(tooDeep(message));
    const runner = this.#runners.get(message.to.node);
    if (runner?.decidesOn(message) === true) return runner.receive(message, signal);
    const settled = this.#whenSettled(message, signal);
    return this.#options.tracer
      .waiting('node ready', message, settled)
      .then((ready) => ready.receive(message, signal));
  };

  #create(spec: NodeSpec): Runner {
    const runner = new Runner(spec, this.#options, this.#isLeader);
    this.#runners.set(spec.name, runner);
    return runner;
  }

  async #end(runner: Runner, reason: EndReason, drainUntilMs?: number): Promise<void> {
    await runner.end(reason, drainUntilMs);
    if (runner.isEnded && this.#runners.get(runner.name) === runner) this.#runners.delete(runner.name);
  }

  async #whenSettled(message: Message, signal: AbortSignal): Promise<Runner> {
    const { clock } = this.#options;
    const node = message.to.node;
    const untilMs = Math.min(message.deadlineMs, clock.now() + NODE_READY_WAIT_MS);
    for (;;) {
      const runner = this.#runners.get(node);
      if (runner?.decidesOn(message) === true) return runner;
      const leftMs = untilMs - clock.now();
      if (leftMs <= 0)
        throw new TinyError('Transient', 'NODE_NOT_READY', `node ${node} did not become ready in time`);
      await this.#waitFor(node, leftMs, signal);
    }
  }

  #waitFor(node: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#waiting.count >= MAX_NODE_WAITERS) {
      const text = `${MAX_NODE_WAITERS} messages already wait for nodes that are not ready`;
      throw new TinyError('Overloaded', 'QUEUE_FULL', text, { retryAfterMs: 1000 });
    }
    const { clock } = this.#options;
    return waitToBeWoken({ clock, timeoutMs, signal }, (wake) => this.#waiting.add(node, wake));
  }
}

/** Freezes a message where it enters a node first: what is frozen already costs a look. */
function freezing(deliver: Deliver): Deliver {
  return (message, signal) => {
    freezeJson(message.data);
    return deliver(message, signal);
  };
}

/** A chain passes several nodes: all are idle only when all are at one moment. */
async function allIdle(runners: readonly Runner[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !runners.every((runner) => runner.isIdle)) {
    await Promise.all(runners.map((runner) => runner.whenIdle()));
  }
}

function tooDeep(message: Message): TinyError {
  const text = `a message made ${MAX_DEPTH} hops and would go on to ${message.to.node}: the edges of this flow form a cycle without an end`;
  return new TinyError('Permanent', 'DEPTH_EXCEEDED', text);
}
