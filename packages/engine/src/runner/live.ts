import {
  type Component,
  type ComponentInstance,
  DEFAULT_STATE_BYTES,
  type Json,
  type NodeSpec,
  type PortDefinition,
  SecretMask,
  TinyError,
  compileDecoder,
  isJsonEqual,
  isSystemPort,
  overlaySchema,
  runChain,
  toTinyError,
} from '@tinysystems/core';
import { Edge } from '../edge/edge.ts';
import { Slots } from '../limits.ts';
import type { NodeMeter } from '../metrics.ts';
import type { SpanSubject } from '../spans.ts';
import { Supervisor } from './background.ts';
import { Detached } from './detached.ts';
import { Emitter, createOutPorts } from './emit.ts';
import { Handle } from './handle.ts';
import { type InPort, createInPorts } from './in-port.ts';
import { InWork } from './in-work.ts';
import type { InstanceOptions } from './instance-options.ts';
import { MessageSignals } from './message-signals.ts';
import { beganBy } from './origin.ts';
import type { EndReason } from './end-reason.ts';

/** How long messages in work may go on after their node stopped on this replica, milliseconds. */
export const DRAIN_TIMEOUT_MS = 10_000;
/** How long background work may take to end, and an end hook to run, milliseconds. */
export const END_TIMEOUT_MS = 10_000;

/** One live component instance with everything that ends with it: ports, edges, messages, background work. */
export class Live {
  readonly component: Component;
  readonly instance: ComponentInstance;
  readonly slots: Slots;
  readonly inWork = new InWork();
  readonly signals = new MessageSignals();
  readonly detached: Detached;
  readonly emitter: Emitter;
  readonly meter: NodeMeter;
  readonly mask: SecretMask;
  readonly #handle: Handle;
  readonly #options: InstanceOptions;
  readonly #stop = new AbortController();
  #spec: NodeSpec;
  #subject: SpanSubject;
  #ports: readonly PortDefinition[] = [];
  #inPorts: ReadonlyMap<string, InPort> = new Map();
  #edges: readonly Edge[] = [];
  #problems: readonly string[] = [];
  #supervisor: Supervisor | undefined;
  #backgroundProblem: TinyError | undefined;

  constructor(component: Component, spec: NodeSpec, options: InstanceOptions) {
    const { clock, log, metrics, budget, createState, warn, onChange, mask = new SecretMask() } = options;
    const node = spec.name;
    this.component = component;
    this.mask = mask;
    this.#options = options;
    this.#spec = spec;
    this.#subject = subjectOf(spec, options);
    this.slots = new Slots(node, spec.concurrency);
    this.emitter = new Emitter(node, options);
    this.meter = metrics.node(
      { node, component: component.name },
      {
        inWork: () => this.inWork.count - this.slots.waiting,
        waiting: () => this.slots.waiting,
        begun: () => this.#handle.begun,
      },
    );
    this.detached = new Detached({
      node,
      clock,
      log,
      meter: this.meter,
      warn: (reason, message) => warn(node, reason, mask.text(message)),
    });
    this.#handle = new Handle({
      spec: () => this.#spec,
      subject: () => this.#subject,
      tracer: options.tracer,
      state: createState(spec, component.maxStateBytes ?? DEFAULT_STATE_BYTES),
      log,
      signal: this.#stop.signal,
      clock,
      budget,
      emitter: this.emitter,
      mask,
      detached: this.detached,
      refresh: () => onChange(node),
      mayBegin: () => this.#mayBegin(),
    });
    this.instance = beganBy(node, () => component.create(this.#handle));
  }

  /** What its spans say. */
  get subject(): SpanSubject {
    return this.#subject;
  }

  get ports(): readonly PortDefinition[] {
    return this.#ports;
  }

  get inPorts(): ReadonlyMap<string, InPort> {
    return this.#inPorts;
  }

  /** What is wrong with its edges and with the schemas that the flow author gave. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Why the background work is not running now. */
  get backgroundProblem(): TinyError | undefined {
    return this.#backgroundProblem;
  }

  /** Nothing of it is on its way. */
  get isIdle(): boolean {
    return this.inWork.count === 0 && this.detached.count === 0;
  }

  /** Puts ports and edges in force. @param own - the component's ports under the accepted settings. */
  install(spec: NodeSpec, own: readonly PortDefinition[]): void {
    this.#spec = spec;
    this.#subject = subjectOf(spec, this.#options, this.#subject);
    this.slots.limits = spec.concurrency;
    const authored = new Map(spec.ports.map((port) => [port.name, port.schema]));
    const overlaid = own.map((port) => overlay(port, authored.get(port.name)));
    this.#ports = overlaid.map(({ port }) => port);
    this.#inPorts = createInPorts(this, spec);
    this.#edges = this.#changeEdges(spec);
    const outPorts = createOutPorts(this.#ports, this.#edges);
    this.emitter.ports = outPorts;
    const isOutPort = (name: string) => outPorts.has(name);
    this.#problems = [
      ...overlaid.flatMap(({ problem }) => problem ?? []),
      ...this.#edges.flatMap((edge) => problemsOf(edge, this.component, isOutPort)),
    ];
  }

  /** Starts the background work or ends it; `isRestarted` starts it again when it runs. */
  async place({
    isWanted,
    isRestarted,
  }: {
    readonly isWanted: boolean;
    readonly isRestarted: boolean;
  }): Promise<void> {
    if (!isWanted || isRestarted || this.#supervisor?.isAborted === true) await this.#endBackground();
    const work = this.instance.background;
    if (!isWanted || work === undefined || this.#supervisor !== undefined) return;
    const { clock, log, onChange } = this.#options;
    const node = this.#spec.name;
    const onProblem = (problem: TinyError | undefined) => {
      this.#backgroundProblem = problem && this.mask.error(problem);
      onChange(node);
    };
    this.#supervisor = beganBy(node, () => new Supervisor(work, { node, clock, log, onProblem }));
  }

  /** Tells the work that only the leader does to end, at once; {@link place} waits for it. */
  abortLeaderWork(): void {
    if (this.instance.background?.placement === 'leader') this.#supervisor?.abort();
  }

  /** Resolves at a moment when nothing is on its way. */
  async whenIdle(): Promise<void> {
    while (!this.isIdle) {
      await this.detached.drain();
      await this.inWork.whenEmpty();
    }
  }

  /** Ends it: background first, then the messages in work, until `drainUntilMs` at most, then the component's own hook. */
  async end(reason: EndReason, drainUntilMs: number): Promise<void> {
    const { name } = this.#spec;
    await this.#endBackground();
    if (!this.isIdle) await this.#within(`draining node ${name}`, drainUntilMs, () => this.whenIdle());
    const stopped = stoppedError(name);
    this.#stop.abort(stopped);
    this.signals.abort(stopped);
    this.slots.refuseWaiting(stopped);
    this.emitter.end(stopped);
    this.meter.end();
    const untilMs = this.#options.clock.now() + END_TIMEOUT_MS;
    const { instance } = this;
    await this.#within(`the ${reason} hook of node ${name}`, untilMs, async () =>
      reason === 'deleted' ? instance.deleted?.() : instance.released?.(),
    );
  }

  #mayBegin(): boolean {
    return this.instance.background?.placement !== 'leader' || this.#options.holdsLease?.() !== false;
  }

  async #endBackground(): Promise<void> {
    const supervisor = this.#supervisor;
    this.#supervisor = undefined;
    this.#backgroundProblem = undefined;
    if (supervisor === undefined) return;
    supervisor.abort();
    const untilMs = this.#options.clock.now() + END_TIMEOUT_MS;
    await this.#within(`ending the background work of node ${this.#spec.name}`, untilMs, () =>
      supervisor[Symbol.asyncDispose](),
    );
  }

  /** One step of an end: its failure is logged, and the end goes on. */
  async #within(what: string, deadlineMs: number, step: () => Promise<void>): Promise<void> {
    const { clock, log } = this.#options;
    try {
      await runChain({ clock, deadlineMs, parents: [], what }, step);
    } catch (error) {
      log.warn({ node: this.#spec.name, err: error, what }, 'a node could not end as it should');
    }
  }

  #changeEdges(spec: NodeSpec): readonly Edge[] {
    const before = new Map(this.#edges.map((edge) => [edge.spec.id, edge]));
    const edges = spec.edges.map((next) => {
      const known = before.get(next.id);
      before.delete(next.id);
      return known !== undefined && isJsonEqual(known.spec as unknown as Json, next as unknown as Json)
        ? known
        : new Edge(spec.name, next, { meter: this.meter.edge(next.id), before: known });
    });
    for (const edge of before.values()) {
      this.meter.endEdge(edge.spec.id);
      edge.remove(
        new TinyError('Cancelled', 'EDGE_REMOVED', `edge ${edge.spec.id} of node ${spec.name} was removed`),
      );
    }
    return edges;
  }
}

/** @param before - whose count of chains goes on when the flow is traced as it was. */
function subjectOf(
  { name: node, component, flow, project, tracing }: NodeSpec,
  { tracer }: InstanceOptions,
  before?: SpanSubject,
): SpanSubject {
  const sampler = tracer.sampler(tracing, before?.sampler);
  const trackers = tracer.trackers.of({ node, flow, project });
  return { component, flow, project, sampler, trackers };
}

/** Why a message is refused by a node that stopped here. */
export function stoppedError(node: string): TinyError {
  return new TinyError('Transient', 'NODE_REMOVED', `node ${node} stopped on this replica`);
}

/** The port with the author's schema, or as it was when that schema is not valid. */
function overlay(
  port: PortDefinition,
  authored: PortDefinition['schema'] | undefined,
): { port: PortDefinition; problem?: string } {
  if (authored === undefined) return { port };
  const schema = overlaySchema(port.schema, authored);
  try {
    compileDecoder(schema);
  } catch (error) {
    return {
      port,
      problem: `port ${port.name}: its schema in spec.ports is not valid: ${toTinyError(error).message}`,
    };
  }
  return { port: { ...port, schema } };
}

function problemsOf(
  { spec, mapping }: Edge,
  component: Component,
  isOutPort: (name: string) => boolean,
): readonly string[] {
  const problems = [...(mapping?.problems ?? [])];
  if (!isOutPort(spec.port)) problems.push(`component ${component.name} has no out port ${spec.port}`);
  if (isSystemPort(spec.toPort)) problems.push(`${spec.toPort} is a system port, where no edge may lead`);
  return problems.map((problem) => `edge ${spec.id}: ${problem}`);
}
