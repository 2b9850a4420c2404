import {
  type Deliver,
  type Json,
  type Message,
  type NodeSpec,
  type TraceContext,
  runChain,
  systemClock,
  systemRandom,
} from '@tinysystems/core';
import {
  ComponentRegistry,
  NO_METRICS,
  Scheduler,
  type SpanRecord,
  Tracer,
  createRouter,
} from '@tinysystems/engine';
import { MemoryState } from '@tinysystems/testing';
import { type Note, createComponents } from './components.ts';
import { moduleOf } from './nodes.ts';

/** How a message is sent. */
export interface SendOptions {
  /** Default `in`. */
  readonly port?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly depth?: number;
  readonly trace?: TraceContext;
}

/** A span, as it is compared. */
export interface FinishedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
}

/** What a replica works with. */
export interface ReplicaOptions {
  readonly module: string;
  readonly note: (note: Note) => void;
  readonly remote: (module: string, message: Message, signal: AbortSignal) => ReturnType<Deliver>;
}

/** One replica of one module of this suite, without Kubernetes: its scheduler and its router. */
export class Replica {
  readonly scheduler: Scheduler;
  readonly #spans: SpanRecord[] = [];
  readonly #route: Deliver;
  readonly #nodes = new Set<string>();

  /** @param options.module - `all`: the nodes of every module are here. */
  constructor({ module, note, remote }: ReplicaOptions) {
    const tracer = new Tracer({
      sinks: [(span) => void this.#spans.push(span)],
      clock: systemClock,
      random: systemRandom,
    });
    this.scheduler = new Scheduler({
      components: new ComponentRegistry(createComponents(note)),
      deliver: (message, signal) => this.#route(message, signal),
      createState: () => new MemoryState().replica(),
      tracer,
      metrics: NO_METRICS,
      clock: systemClock,
      freezesMessages: true,
      random: () => 0.5,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      onChange: () => undefined,
      warn: () => undefined,
    });
    const find = (node: string) =>
      module === 'all' && moduleOf(node) !== undefined ? 'all' : moduleOf(node);
    const directory = { moduleOf: find, whenKnown: (node: string) => Promise.resolve(find(node)) };
    this.#route = createRouter({
      moduleName: module,
      directory,
      tracer,
      local: this.scheduler.deliver,
      remote,
    });
  }

  get spans(): readonly FinishedSpan[] {
    return this.#spans;
  }

  async apply(specs: readonly NodeSpec[]): Promise<void> {
    for (const spec of specs) {
      this.#nodes.add(spec.name);
      await this.scheduler.apply(spec);
    }
  }

  /** Deletes all nodes and forgets their spans. */
  async clear(): Promise<void> {
    await Promise.all([...this.#nodes].map((name) => this.scheduler.remove(name, 'deleted')));
    this.#nodes.clear();
    this.#spans.length = 0;
  }

  /** Sends a message to a node of this replica, as a trigger in it does. */
  send(
    node: string,
    data: Json,
    { port = 'in', timeoutMs = 60_000, signal, depth = 0, trace }: SendOptions = {},
  ): Promise<Json | undefined> {
    const deadlineMs = systemClock.now() + timeoutMs;
    const message: Message = {
      from: undefined,
      to: { node, port },
      edgeId: undefined,
      data,
      depth,
      deadlineMs,
      trace,
      passed: undefined,
    };
    const parents = signal === undefined ? [] : [signal];
    return runChain({ clock: systemClock, deadlineMs, what: 'the message', parents }, (chainSignal) =>
      this.scheduler.deliver(message, chainSignal),
    );
  }
}
