import {
  type Clock,
  type DetachOptions,
  type EmitOptions,
  type Json,
  type Log,
  type NodeHandle,
  type NodeSpec,
  type NodeState,
  type Reply,
  type TraceContext,
  replyWith,
  runChain,
} from '@tinysystems/core';
import type { Chain } from '../edge/dispatch.ts';
import { type Detached, MAX_DETACHED } from './detached.ts';
import type { Emitter } from './emit.ts';
import { Scope } from './scope.ts';

/** How long a chain that no message started may take, milliseconds. */
export const BACKGROUND_DEADLINE_MS = 300_000;

/** What a node's handle works with. */
export interface HandleOptions {
  readonly spec: NodeSpec;
  readonly state: NodeState;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly emitter: Emitter;
  readonly detached: Detached;
  readonly refresh: () => void;
}

/** What an instance may do on its node's lifetime. */
export class Handle implements NodeHandle {
  readonly name: string;
  readonly namespace: string;
  readonly flow: string | undefined;
  readonly project: string | undefined;
  readonly state: NodeState;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly #options: HandleOptions;

  constructor(options: HandleOptions) {
    const { spec, state, log, signal } = options;
    this.name = spec.name;
    this.namespace = spec.namespace;
    this.flow = spec.flow;
    this.project = spec.project;
    this.state = state;
    this.log = log;
    this.signal = signal;
    this.#options = options;
  }

  async emit(port: string, data: Json, options: EmitOptions = {}): Promise<Reply> {
    return replyWith(await this.#open(port, options, (chain) => this.#options.emitter.emit(port, data, chain)));
  }

  request(port: string, data: Json, options: EmitOptions = {}): Promise<Json> {
    return this.#open(port, options, (chain) => this.#options.emitter.request(port, data, chain));
  }

  detach(port: string, data: Json, options: DetachOptions = {}): Promise<void> {
    const { scope, maxConcurrent = MAX_DETACHED, onFailure } = options;
    const inherited = scope instanceof Scope ? scope : undefined;
    const emission = () =>
      this.#open(port, { trace: inherited?.trace }, (chain) =>
        this.#options.emitter.emit(port, data, { ...chain, depth: inherited?.depth ?? 0 }),
      );
    if (inherited !== undefined) inherited.releaseSlot();
    return this.#options.detached.run(emission, maxConcurrent, onFailure);
  }

  refresh(): void {
    this.#options.refresh();
  }

  #open<T>(port: string, options: EmitOptions, run: (chain: Chain) => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const deadlineMs = clock.now() + (options.timeoutMs ?? BACKGROUND_DEADLINE_MS);
    const parent = options.signal ?? this.signal;
    const trace: TraceContext | undefined = options.trace;
    return runChain({ clock, deadlineMs, parent, what: `the chain from ${this.name}:${port}` }, (signal) =>
      run({ depth: 0, deadlineMs, signal, trace, passed: undefined }),
    );
  }
}
