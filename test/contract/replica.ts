import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  type Component,
  type Deliver,
  type Json,
  type Message,
  runChain,
  systemClock,
} from '@tinysystems/core';
import { ComponentRegistry, NO_METRICS, Scheduler, createRouter } from '@tinysystems/engine';
import { MemoryState } from '@tinysystems/testing';
import { type FinishedSpan, type SendOptions, moduleOf } from './delivery.ts';

/** One replica of one module of this suite, without Kubernetes: its scheduler and its router. */
export class Replica {
  readonly scheduler: Scheduler;
  readonly #exporter = new InMemorySpanExporter();
  readonly #route: Deliver;

  constructor(
    module: string,
    components: readonly Component[],
    remote: (module: string, message: Message, signal: AbortSignal) => ReturnType<Deliver>,
  ) {
    const provider = new TracerProvider({
      spanProcessors: [new SimpleSpanProcessor({ exporter: this.#exporter })],
    });
    this.scheduler = new Scheduler({
      components: new ComponentRegistry(components),
      deliver: (message, signal) => this.#route(message, signal),
      createState: () => new MemoryState().replica(),
      tracer: provider.getTracer('test'),
      metrics: NO_METRICS,
      clock: systemClock,
      random: () => 0.5,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      onChange: () => undefined,
      warn: () => undefined,
    });
    const directory = { moduleOf, whenKnown: (node: string) => Promise.resolve(moduleOf(node)) };
    this.#route = createRouter({ moduleName: module, directory, local: this.scheduler.deliver, remote });
  }

  get spans(): readonly FinishedSpan[] {
    return this.#exporter.getFinishedSpans().map((span) => ({
      name: span.name,
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      parentSpanId: span.parentSpanContext?.spanId,
    }));
  }

  /** Sends a message to a node of this replica, as a trigger in it does. */
  send(
    node: string,
    data: Json,
    { timeoutMs = 10_000, signal, depth = 0, trace }: SendOptions = {},
  ): Promise<Json | undefined> {
    const deadlineMs = systemClock.now() + timeoutMs;
    const to = { node, port: 'in' };
    const message: Message = {
      from: undefined,
      to,
      edgeId: undefined,
      data,
      depth,
      deadlineMs,
      trace,
      passed: undefined,
    };
    const chain = {
      clock: systemClock,
      deadlineMs,
      what: 'the message',
      parents: signal === undefined ? [] : [signal],
    };
    return runChain(chain, (chainSignal) => this.scheduler.deliver(message, chainSignal));
  }
}
