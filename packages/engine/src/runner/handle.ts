import {
  type ByteBudget,
  Charge,
  type Clock,
  type DetachOptions,
  type EmitOptions,
  type Json,
  type Log,
  type NodeHandle,
  type NodeSpec,
  type NodeState,
  type Reply,
  TinyError,
  replyFrom,
  runChain,
} from '@tinysystems/core';
import type { Chain } from '../edge/dispatch.ts';
import { type Detached, MAX_DETACHED } from './detached.ts';
import type { Emitter } from './emit.ts';
import { Scope, watched } from './scope.ts';

/** How long a chain that no message started may take, milliseconds. */
export const BACKGROUND_DEADLINE_MS = 300_000;

/** What a node's handle works with. */
export interface HandleOptions {
  /** As it is now: labels may change while the instance lives. */
  readonly spec: () => NodeSpec;
  readonly state: NodeState;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly budget: ByteBudget;
  readonly emitter: Emitter;
  readonly detached: Detached;
  readonly refresh: () => void;
  /** Whether the node may begin something by itself on this replica now. */
  readonly mayBegin: () => boolean;
}

/** What an instance may do on its node's lifetime. */
export class Handle implements NodeHandle {
  readonly name: string;
  readonly namespace: string;
  readonly state: NodeState;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly #options: HandleOptions;
  #begun = 0;

  constructor(options: HandleOptions) {
    const { spec, state, log, signal } = options;
    this.name = spec().name;
    this.namespace = spec().namespace;
    this.state = state;
    this.log = log;
    this.signal = signal;
    this.#options = options;
  }

  get flow(): string | undefined {
    return this.#options.spec().flow;
  }

  get project(): string | undefined {
    return this.#options.spec().project;
  }

  /** How many chains that no message started have not ended. */
  get begun(): number {
    return this.#begun;
  }

  charge(): Charge {
    return new Charge(this.#options.budget);
  }

  emit(port: string, data: Json, options: EmitOptions = {}): Promise<Reply> {
    return replyFrom(
      watched(this.#begin(port, options, (chain) => this.#options.emitter.emit(port, data, chain))),
    );
  }

  request(port: string, data: Json, options: EmitOptions = {}): Promise<Json> {
    return watched(this.#begin(port, options, (chain) => this.#options.emitter.request(port, data, chain)));
  }

  detach(port: string, data: Json, options: DetachOptions = {}): Promise<void> {
    const { scope, maxConcurrent = MAX_DETACHED, onFailure } = options;
    const inherited = scope instanceof Scope ? scope : undefined;
    inherited?.releaseSlot();
    const emission = () =>
      this.#open(port, { trace: inherited?.trace }, (chain) =>
        this.#options.emitter.emit(port, data, { ...chain, depth: inherited?.depth ?? 0 }),
      );
    return this.#options.detached.run(emission, maxConcurrent, onFailure);
  }

  refresh(): void {
    this.#options.refresh();
  }

  /** What no message has asked for: a replica that was paused must not go on with work that another does by now. */
  #begin<T>(port: string, options: EmitOptions, run: (chain: Chain) => Promise<T>): Promise<T> {
    if (this.#options.mayBegin()) return this.#open(port, options, run);
    const text = `node ${this.name} emits nothing by itself on this replica, which does not lead`;
    return Promise.reject(new TinyError('Cancelled', 'CANCELLED', text));
  }

  async #open<T>(port: string, options: EmitOptions, run: (chain: Chain) => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const deadlineMs = clock.now() + (options.timeoutMs ?? BACKGROUND_DEADLINE_MS);
    const parents = options.signal === undefined ? [this.signal] : [this.signal, options.signal];
    const { trace } = options;
    this.#begun += 1;
    try {
      return await runChain(
        { clock, deadlineMs, parents, what: `the chain from ${this.name}:${port}` },
        (chainSignal) =>
          run({ depth: 0, deadlineMs, chainSignal, trace, passed: { node: this.name, before: undefined } }),
      );
    } finally {
      this.#begun -= 1;
    }
  }
}
