import {
  ByteBudget,
  type Clock,
  type Component,
  DEFAULT_CONCURRENCY,
  type EdgeSpec,
  type Json,
  type Log,
  type Message,
  type NodeSpec,
  compileDecoder,
  freezeJson,
  runChain,
  systemClock,
} from '@tinysystems/core';
import {
  ComponentRegistry,
  type EndReason,
  NO_METRICS,
  type NodeReport,
  Scheduler,
} from '@tinysystems/engine';
import { MemorySecrets } from './memory-secrets.ts';
import { MemoryState } from './memory-state.ts';
import { NO_TRACER } from './no-tracer.ts';

/** What takes the messages of an out port in place of the nodes downstream; `undefined` answers nothing. */
export type Wire = (
  data: Json,
  message: Message,
  signal: AbortSignal,
) => Json | undefined | Promise<Json | undefined>;

/** An edge from the node back to itself. */
export interface Loop {
  readonly port: string;
  readonly toPort: string;
  /** The mapping; absent: the message passes unchanged. */
  readonly configuration?: Json;
}

/** Options of {@link runComponent}. */
export interface RunComponentOptions {
  /** Default `{}`. */
  readonly settings?: Json;
  /** By out port; every message of an out port is recorded, wired or not. */
  readonly wire?: Readonly<Record<string, Wire>>;
  readonly loops?: readonly Loop[];
  /** What settings may refer to by `{secretKeyRef: {name, key}}`: values by key, by name of the Secret. */
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Name of the TinyNode; default `node`. */
  readonly name?: string;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Shared with other runs to be replicas of one node; default: a state of its own. */
  readonly state?: MemoryState;
  /** How much may be in flight in the module, bytes; default 64 MiB. */
  readonly maxInFlightBytes?: number;
  /** Default: says nothing. */
  readonly log?: Log;
}

/** How one message is sent. */
export interface SendOptions {
  /** When the chain must have ended, milliseconds from now; default 30 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** The message that led to this one, so that both belong to one chain. */
  readonly after?: Message;
}

/** Runs one component in the real engine, in this process, without Kubernetes; the node is ready when this resolves. */
export async function runComponent(
  component: Component,
  options: RunComponentOptions = {},
): Promise<ComponentRun> {
  const run = new ComponentRun(component, options);
  await run.update({});
  return run;
}

/** One node with a component under test. Disposing it ends the node as a stopping replica does. */
export class ComponentRun implements AsyncDisposable {
  readonly name: string;
  /** What the node keeps; `write` changes it as another replica would. */
  readonly state: MemoryState;
  /** What a person would see as Warning events, `reason: message`. */
  readonly warnings: string[] = [];
  readonly #budget: ByteBudget;
  readonly #component: Component;
  readonly #clock: Clock;
  readonly #wire: Readonly<Record<string, Wire>>;
  readonly #loops: readonly Loop[];
  readonly #scheduler: Scheduler;
  readonly #sent: Message[] = [];
  #settings: Json;
  #generation = 0;

  constructor(component: Component, options: RunComponentOptions) {
    const {
      settings = {},
      wire = {},
      loops = [],
      name = 'node',
      clock = systemClock,
      log = NO_LOG,
      maxInFlightBytes,
    } = options;
    this.name = name;
    this.state = options.state ?? new MemoryState();
    this.#budget = new ByteBudget(maxInFlightBytes);
    this.#component = component;
    this.#clock = clock;
    this.#wire = wire;
    this.#loops = loops;
    this.#settings = settings;
    this.#scheduler = new Scheduler({
      components: new ComponentRegistry([component]),
      deliver: (message, signal) => this.#deliver(message, signal),
      createState: (spec, maxBytes) => this.state.replica(spec.name, maxBytes),
      tracer: NO_TRACER,
      metrics: NO_METRICS,
      clock,
      budget: this.#budget,
      freezesMessages: true,
      random: () => 0.5,
      log,
      onChange: () => undefined,
      ...(options.secrets !== undefined && { secrets: new MemorySecrets(options.secrets) }),
      warn: (_node, reason, message) => void this.warnings.push(`${reason}: ${message}`),
    });
  }

  /** What the node has taken in and not answered yet, as far as it was charged, bytes. */
  get inFlightBytes(): number {
    return this.#budget.bytes;
  }

  /** How the node stands now. */
  get report(): NodeReport {
    const report = this.#scheduler.runner(this.name)?.report;
    if (report === undefined) throw new Error('the run has ended: it has no report any more');
    return report;
  }

  /** What a person sees on the control port. */
  get view(): Json | undefined {
    return this.#scheduler.runner(this.name)?.view;
  }

  /**
   * Sends a message to an in port, as an edge does.
   *
   * @returns the reply; `undefined` for no answer.
   * @throws TinyError
   */
  send(port: string, data: Json, options: SendOptions = {}): Promise<Json | undefined> {
    return this.#enter({ from: { node: 'test', port: 'out' }, edgeId: 'test', port, data }, options);
  }

  /** Sends a message as a TinySignal does; it reaches `_control` too. @throws TinyError */
  signal(port: string, data: Json, options: SendOptions = {}): Promise<Json | undefined> {
    return this.#enter({ from: undefined, edgeId: undefined, port, data }, options);
  }

  /** What was emitted on an out port, oldest first. */
  emitted(port: string): readonly Json[] {
    return this.messages(port).map((message) => message.data);
  }

  /** The messages of an out port with their deadline, depth and trace, oldest first. */
  messages(port: string): readonly Message[] {
    return this.#sent.filter((message) => message.from?.port === port);
  }

  /** Changes the node as an edit of its TinyNode does. Refused settings are in the report. */
  update({ settings = this.#settings }: { readonly settings?: Json }): Promise<NodeReport> {
    this.#settings = settings;
    this.#generation += 1;
    return this.#scheduler.apply(this.#spec());
  }

  /** Makes this replica the leader, or not. */
  lead(isLeader: boolean): Promise<void> {
    return this.#scheduler.lead(isLeader);
  }

  /** Ends the node; `deleted` as when its TinyNode was deleted. */
  end(reason: EndReason): Promise<void> {
    return this.#scheduler.remove(this.name, reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('released');
  }

  #enter(
    sent: Pick<Message, 'from' | 'edgeId' | 'data'> & { readonly port: string },
    options: SendOptions,
  ): Promise<Json | undefined> {
    const { port, data, from, edgeId } = sent;
    const deadlineMs = this.#clock.now() + (options.timeoutMs ?? 30_000);
    const message: Message = {
      from,
      to: { node: this.name, port },
      edgeId,
      data,
      depth: (options.after?.depth ?? -1) + 1,
      deadlineMs,
      trace: undefined,
      passed: options.after?.passed,
    };
    const parents = options.signal === undefined ? [] : [options.signal];
    const chain = { clock: this.#clock, deadlineMs, what: `the message to ${port}`, parents };
    return runChain(chain, (signal) => this.#scheduler.deliver(message, signal));
  }

  async #deliver(message: Message, signal: AbortSignal): Promise<Json | undefined> {
    if (message.to.node === this.name) return this.#scheduler.deliver(message, signal);
    this.#sent.push(message);
    return freezeJson(await this.#wire[message.to.port]?.(message.data, message, signal));
  }

  #spec(): NodeSpec {
    return {
      name: this.name,
      namespace: 'test',
      uid: 'test',
      generation: this.#generation,
      module: 'test',
      component: this.#component.name,
      run: true,
      settings: freezeJson(this.#settings),
      ports: [],
      concurrency: DEFAULT_CONCURRENCY,
      edges: this.#edges(),
      flow: undefined,
      project: undefined,
    };
  }

  #edges(): readonly EdgeSpec[] {
    const loops = this.#loops.map((loop, index) => edge(`loop-${index}`, { ...loop, to: this.name }));
    const decoded = compileDecoder(this.#component.settings ?? {}).decode(this.#settings);
    if (!decoded.ok) return loops;
    const outPorts = this.#component.ports(decoded.value).filter((port) => port.direction === 'out');
    return [
      ...loops,
      ...outPorts.map(({ name }) => edge(`wire-${name}`, { port: name, to: OUTSIDE, toPort: name })),
    ];
  }
}

/** The node that takes what the component emits; no TinyNode can be called so. */
const OUTSIDE = '(outside)';

function edge(id: string, wiring: Loop & { readonly to: string }): EdgeSpec {
  const { port, to, toPort, configuration } = wiring;
  return { id, port, to, toPort, configuration, onExpressionError: 'Fail', retry: undefined };
}

const NO_LOG: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
