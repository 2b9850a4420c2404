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
  OpenChain,
  type Reply,
  type SecretMask,
  TinyError,
  type TraceContext,
  cancelled,
  replyFrom,
  toTinyError,
} from '@tinysystems/core';
import type { Chain } from '../edge/dispatch.ts';
import { type Detached, MAX_DETACHED } from './detached.ts';
import type { Ended, SpanSubject } from '../spans.ts';
import type { Tracer } from '../tracer.ts';
import type { Emitter } from './emit.ts';
import { Scope, watched } from './scope.ts';

/** How long a chain that no message started may take, milliseconds. */
export const BACKGROUND_DEADLINE_MS = 300_000;

/** What a node's handle works with. */
export interface HandleOptions {
  /** As it is now: labels may change while the instance lives. */
  readonly spec: () => NodeSpec;
  readonly subject: () => SpanSubject;
  readonly tracer: Tracer;
  readonly state: NodeState;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly budget: ByteBudget;
  readonly emitter: Emitter;
  readonly mask: SecretMask;
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
  /** Those that no message started and that have not ended: they end with the node. */
  readonly #chains = new Set<Pick<OpenChain<unknown>, 'end'>>();

  constructor(options: HandleOptions) {
    const { spec, state, log, signal } = options;
    this.name = spec().name;
    this.namespace = spec().namespace;
    this.state = state;
    this.log = log;
    this.signal = signal;
    this.#options = options;
    signal.addEventListener('abort', () => this.#endChains(cancelled(signal)), { once: true });
  }

  get flow(): string | undefined {
    return this.#options.spec().flow;
  }

  get project(): string | undefined {
    return this.#options.spec().project;
  }

  /** How many chains that no message started have not ended. */
  get begun(): number {
    return this.#chains.size;
  }

  charge(): Charge {
    return new Charge(this.#options.budget);
  }

  emit(port: string, data: Json, options: EmitOptions = {}): Promise<Reply> {
    const { emitter } = this.#options;
    return replyFrom(
      watched(this.#begin({ port, data, options }, (chain) => emitter.emit(port, data, chain))),
    );
  }

  request(port: string, data: Json, options: EmitOptions = {}): Promise<Json> {
    const { emitter } = this.#options;
    return watched(this.#begin({ port, data, options }, (chain) => emitter.request(port, data, chain)));
  }

  detach(port: string, data: Json, options: DetachOptions = {}): Promise<void> {
    const { scope, maxConcurrent = MAX_DETACHED, onFailure } = options;
    const { emitter, detached } = this.#options;
    const inherited = scope instanceof Scope ? scope : undefined;
    inherited?.releaseSlot();
    const emission = () =>
      this.#open({ port, data, options: {}, inherited: inherited?.trace }, (chain) =>
        emitter.emit(port, data, { ...chain, depth: inherited?.depth ?? 0 }),
      );
    return detached.run(emission, maxConcurrent, onFailure);
  }

  failureOf(thrown: unknown): TinyError {
    return this.#options.mask.error(toTinyError(thrown));
  }

  refresh(): void {
    this.#options.refresh();
  }

  /** What no message has asked for: a replica that was paused must not go on with work that another does by now. */
  #begin<T extends Json | undefined>(start: Start, run: (chain: Chain) => Promise<T>): Promise<T> {
    if (this.#options.mayBegin()) return this.#open(start, run);
    const text = `node ${this.name} emits nothing by itself on this replica, which does not lead`;
    return Promise.reject(new TinyError('Cancelled', 'CANCELLED', text));
  }

  #open<T extends Json | undefined>(start: Start, run: (chain: Chain) => Promise<T>): Promise<T> {
    const { port, options, inherited } = start;
    if (this.signal.aborted) return Promise.reject(cancelled(this.signal));
    const { clock, tracer, subject } = this.#options;
    const startedMs = performance.now();
    const deadlineMs = clock.now() + (options.timeoutMs ?? BACKGROUND_DEADLINE_MS);
    const parents = options.signal === undefined ? [] : [options.signal];
    const own = subject();
    const trace = inherited === undefined ? tracer.start(own, options.trace) : tracer.hop(own, inherited);
    options.onTrace?.(trace);
    const ended = (reply: Json | undefined, failure?: TinyError) => {
      this.#chains.delete(opened);
      if (tracer.wants(trace, failure)) this.#record(start, { trace, reply, failure, startedMs });
    };
    const what = `the chain from ${this.name}:${port}`;
    const passed = { node: this.name, before: undefined };
    const opened = new OpenChain({ clock, deadlineMs, parents, what }, (chainSignal) =>
      run({ depth: 0, deadlineMs, chainSignal, trace, passed }),
    );
    this.#chains.add(opened);
    return opened.answer.then(
      (reply) => {
        ended(reply);
        return reply;
      },
      (error: unknown) => {
        ended(undefined, toTinyError(error));
        throw error;
      },
    );
  }

  #endChains(error: TinyError): void {
    for (const chain of this.#chains) chain.end(error);
  }

  #record(
    { port, data, options, inherited }: Start,
    end: Pick<Ended, 'trace' | 'reply' | 'failure' | 'startedMs'>,
  ): void {
    const { tracer, subject, emitter } = this.#options;
    const chain = {
      ...end,
      parent: inherited ?? options.trace,
      subject: subject(),
      data,
      schema: emitter.schemaOf(port),
      durationMs: performance.now() - end.startedMs,
    };
    tracer.chainEnded(chain, { from: { node: this.name, port } });
  }
}

/** What a chain starts with. */
interface Start {
  readonly port: string;
  readonly data: Json;
  readonly options: EmitOptions;
  /** The trace of the message whose handler started it. */
  readonly inherited?: TraceContext | undefined;
}
