import type { Tracer } from '@opentelemetry/api';
import {
  CONTROL_PORT,
  type Clock,
  type Component,
  type ComponentInstance,
  type Json,
  type Log,
  type NodeSpec,
  type NodeState,
  type PortDefinition,
  type Random,
  type Deliver,
  SETTINGS_PORT,
  TinyError,
  compileDecoder,
  isJsonEqual,
  overlaySchema,
  runChain,
  toTinyError,
} from '@tinysystems/core';
import type { ComponentRegistry } from '../component-registry.ts';
import { Edge } from '../edge/edge.ts';
import { Slots } from '../limits.ts';
import type { EngineMetrics } from '../metrics.ts';
import type { SpanSubject } from '../spans.ts';
import { Supervisor } from './background.ts';
import { Detached } from './detached.ts';
import { Emitter, createOutPorts } from './emit.ts';
import { Handle } from './handle.ts';
import { type InPort, createInPorts, decode } from './in-port.ts';
import { defaultSettings, publishPorts } from './published-ports.ts';
import { InWork } from './in-work.ts';
import type { NodeReport } from './report.ts';
import type { EndReason } from './runner.ts';

/** How long a component may take to accept settings, milliseconds. */
export const SETTINGS_TIMEOUT_MS = 30_000;
/** How long messages in work may go on after their node stopped on this replica, milliseconds. */
export const DRAIN_TIMEOUT_MS = 10_000;

/** What every instance of this process shares. */
export interface InstanceOptions {
  readonly components: ComponentRegistry;
  /** Sends a message on: the router. */
  readonly deliver: Deliver;
  readonly createState: (spec: NodeSpec) => NodeState;
  readonly tracer: Tracer;
  readonly metrics: EngineMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The report or the view of a node changed by itself. */
  readonly onChange: (node: string) => void;
  /** Something a person should know about a node. */
  readonly warn: (node: string, reason: string, message: string) => void;
}

/** The parts of one live component instance. */
interface Live {
  readonly component: Component;
  readonly instance: ComponentInstance;
  readonly stop: AbortController;
  readonly detached: Detached;
}

/** The lifecycle of one node: identity → state → settings → ports and edges → background → ready. */
export class Instance {
  readonly slots: Slots;
  readonly inWork = new InWork();
  readonly emitter: Emitter;
  readonly tracer: Tracer;
  readonly log: Log;
  readonly #options: InstanceOptions;
  #spec: NodeSpec;
  #subject: SpanSubject;
  #live: Live | undefined;
  #refusal: TinyError | undefined;
  #isSettled = false;
  #isLeader = false;
  #inPorts: ReadonlyMap<string, InPort> = new Map();
  #ports: readonly PortDefinition[] = [];
  #edges: readonly Edge[] = [];
  #edgeProblems: readonly string[] = [];
  /** The settings last offered to the instance, accepted or not: a rejected one is not offered again. */
  #offered: { readonly settings: Json; readonly problem: string | undefined } | undefined;
  #accepted: Json | undefined;
  #supervisor: Supervisor | undefined;
  #backgroundProblem: TinyError | undefined;

  constructor(spec: NodeSpec, options: InstanceOptions) {
    this.#options = options;
    this.#spec = spec;
    this.#subject = { component: spec.component, flow: spec.flow, project: spec.project };
    this.tracer = options.tracer;
    this.log = options.log;
    this.slots = new Slots(spec.name, spec.concurrency);
    this.emitter = new Emitter(spec.name, options);
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  get subject(): SpanSubject {
    return this.#subject;
  }

  get view(): Json | undefined {
    return this.#live?.instance.view?.();
  }

  get report(): NodeReport {
    return {
      isComponentKnown: this.#options.components.get(this.#spec.component) !== undefined,
      isRunning: this.#spec.run,
      settingsProblem: this.#offered?.problem,
      edgeProblems: this.#edgeProblems,
      backgroundProblem: this.#backgroundProblem,
      ports: publishPorts({
        component: this.#options.components.get(this.#spec.component),
        spec: this.#spec,
        ports: this.#ports,
        settings: this.#accepted,
        view: this.view,
      }),
    };
  }

  /** The in port of that name. @throws TinyError why messages are refused, or `PORT_UNKNOWN`. */
  inPort(name: string): InPort {
    if (this.#refusal !== undefined) throw this.#refusal;
    const port = this.#inPorts.get(name);
    if (port !== undefined) return port;
    const known = [...this.#inPorts.keys()].join(', ') || 'none';
    throw new TinyError('Permanent', 'PORT_UNKNOWN', `node ${this.#spec.name} has no in port ${name}; it has: ${known}`);
  }

  async apply(spec: NodeSpec): Promise<void> {
    const before = this.#spec;
    if (before.uid !== spec.uid) await this.end('deleted');
    else if (before.component !== spec.component || !spec.run) await this.end('released');
    this.#spec = spec;
    this.#subject = { component: spec.component, flow: spec.flow, project: spec.project };
    this.slots.limits = spec.concurrency;
    const component = this.#options.components.get(spec.component);
    this.#refusal = await this.#applyTo(component, spec);
    this.#isSettled = true;
  }

  async lead(isLeader: boolean): Promise<void> {
    this.#isLeader = isLeader;
    if (this.#live?.instance.background?.placement === 'leader') await this.#placeBackground();
  }

  /** Ends the instance: background first, then the messages in work, then the component's own hook. */
  async end(reason: EndReason): Promise<void> {
    const live = this.#live;
    if (live === undefined) return;
    this.#live = undefined;
    await this.#stopBackground();
    await this.#drain(live);
    this.#refusal = new TinyError('Transient', 'NODE_REMOVED', `node ${this.#spec.name} stopped on this replica`);
    live.stop.abort(new TinyError('Cancelled', 'NODE_REMOVED', `node ${this.#spec.name} stopped`));
    for (const edge of this.#edges) edge.remove(removed(edge));
    this.#forget();
    try {
      await (reason === 'deleted' ? live.instance.deleted?.() : live.instance.released?.());
    } catch (error) {
      this.log.error({ node: this.#spec.name, err: error }, 'a component failed while it ended');
    }
  }

  /** @returns why messages are refused; `undefined`: the node is ready. */
  async #applyTo(component: Component | undefined, spec: NodeSpec): Promise<TinyError | undefined> {
    if (component === undefined) {
      return new TinyError('Permanent', 'COMPONENT_UNKNOWN', `node ${spec.name} wants component ${spec.component}, which module ${spec.module} does not have`);
    }
    if (!spec.run) {
      this.#ports = component.ports(defaultSettings(component));
      return new TinyError('Permanent', 'NODE_STOPPED', `node ${spec.name} is stopped: set spec.run to true, and resume its flow`);
    }
    const live = (this.#live ??= this.#create(component, spec));
    const isChanged = await this.#offerSettings(live, spec.settings);
    if (this.#accepted === undefined) {
      return new TinyError('Permanent', 'SETTINGS_REJECTED', `node ${spec.name} has no accepted settings: ${this.#offered?.problem ?? ''}`);
    }
    this.#installPorts(live, spec);
    if (isChanged) await this.#placeBackground();
    return undefined;
  }

  #create(component: Component, spec: NodeSpec): Live {
    const { clock, log, metrics, createState, warn, onChange } = this.#options;
    const stop = new AbortController();
    const detached = new Detached({
      node: spec.name,
      component: component.name,
      clock,
      log,
      metrics,
      warn: (reason, message) => warn(spec.name, reason, message),
    });
    const handle = new Handle({
      spec,
      state: createState(spec),
      log,
      signal: stop.signal,
      clock,
      emitter: this.emitter,
      detached,
      refresh: () => onChange(spec.name),
    });
    return { component, instance: component.create(handle), stop, detached };
  }

  /** @returns whether new settings were accepted. */
  async #offerSettings(live: Live, settings: Json): Promise<boolean> {
    if (this.#offered !== undefined && isJsonEqual(this.#offered.settings, settings)) return false;
    const name = this.#spec.name;
    try {
      const decoded = decode(compileDecoder(live.component.settings ?? {}), settings, name, SETTINGS_PORT);
      const { clock } = this.#options;
      const what = `applying the settings of node ${name}`;
      await runChain({ clock, deadlineMs: clock.now() + SETTINGS_TIMEOUT_MS, what }, async () => live.instance.settings?.(decoded));
      this.#accepted = decoded;
      this.#offered = { settings, problem: undefined };
      return true;
    } catch (error) {
      this.#offered = { settings, problem: toTinyError(error).message };
      return false;
    }
  }

  #installPorts(live: Live, spec: NodeSpec): void {
    const authored = new Map(spec.ports.map((port) => [port.name, port.schema]));
    this.#ports = live.component
      .ports(this.#accepted as Json)
      .map((port) => ({ ...port, schema: overlaySchema(port.schema, authored.get(port.name)) }));
    const edges = spec.edges.map((edge) => this.#edges.find((known) => isSameEdge(known, edge)) ?? new Edge(spec.name, edge));
    for (const edge of this.#edges) {
      if (!spec.edges.some((next) => next.id === edge.spec.id)) edge.remove(removed(edge));
    }
    this.#edges = edges;
    const outPorts = createOutPorts(this.#ports, edges);
    this.#edgeProblems = edges.flatMap((edge) => [
      ...(outPorts.has(edge.spec.port) ? [] : [`edge ${edge.spec.id}: component ${spec.component} has no out port ${edge.spec.port}`]),
      ...(edge.mapping?.problems ?? []).map((problem) => `edge ${edge.spec.id}: ${problem}`),
    ]);
    this.emitter.ports = outPorts;
    const options = { node: spec.name, component: spec.component, ports: this.#ports, instance: live.instance, metrics: this.#options.metrics };
    this.#inPorts = this.#withControl(createInPorts(options), live);
  }

  #withControl(inPorts: Map<string, InPort>, { component, instance }: Live): Map<string, InPort> {
    const control = instance.control?.bind(instance);
    if (component.control === undefined || control === undefined) return inPorts;
    const node = this.#spec.name;
    const decoder = compileDecoder(component.control);
    const meter = this.#options.metrics.port({ node, component: component.name, port: CONTROL_PORT });
    return inPorts.set(CONTROL_PORT, { meter, handle: (data, scope) => control(decode(decoder, data, node, CONTROL_PORT), scope) });
  }

  async #placeBackground(): Promise<void> {
    await this.#stopBackground();
    const work = this.#live?.instance.background;
    if (work === undefined || (work.placement === 'leader' && !this.#isLeader)) return;
    const { clock, log, onChange } = this.#options;
    const node = this.#spec.name;
    const onProblem = (problem: TinyError | undefined) => {
      this.#backgroundProblem = problem;
      onChange(node);
    };
    this.#supervisor = new Supervisor(work, { node, clock, log, onProblem });
  }

  async #stopBackground(): Promise<void> {
    const supervisor = this.#supervisor;
    this.#supervisor = undefined;
    this.#backgroundProblem = undefined;
    await supervisor?.[Symbol.asyncDispose]();
  }

  async #drain(live: Live): Promise<void> {
    const { clock } = this.#options;
    const what = `draining node ${this.#spec.name}`;
    try {
      await runChain({ clock, deadlineMs: clock.now() + DRAIN_TIMEOUT_MS, what }, async () => {
        await live.detached.drain();
        await this.inWork.whenEmpty();
      });
    } catch (error) {
      this.log.warn({ node: this.#spec.name, err: error }, 'a node stopped before all its messages ended');
    }
  }

  #forget(): void {
    this.#inPorts = new Map();
    this.emitter.ports = new Map();
    this.#edges = [];
    this.#edgeProblems = [];
    this.#offered = undefined;
    this.#accepted = undefined;
    this.#isSettled = false;
  }
}

function isSameEdge(edge: Edge, spec: Edge['spec']): boolean {
  return edge.spec.id === spec.id && JSON.stringify(edge.spec) === JSON.stringify(spec);
}

function removed(edge: Edge): TinyError {
  return new TinyError('Cancelled', 'EDGE_REMOVED', `edge ${edge.spec.id} of node ${edge.from.node} was removed`);
}
