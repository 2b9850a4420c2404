import {
  ANY_SCHEMA,
  type ByteBudget,
  type Component,
  type ComponentInstance,
  DEFAULT_CONCURRENCY,
  type Deliver,
  type EdgeSpec,
  type Json,
  type JsonSchema,
  type Message,
  type MessageScope,
  type NodeHandle,
  type NodeSpec,
  type NodeState,
  type PortDefinition,
  type Reply,
  runChain,
} from '@tinysystems/core';
import {
  ComponentRegistry,
  type EngineMetrics,
  type LoopWatch,
  NO_METRICS,
  Scheduler,
  type SecretSource,
  Tracer,
  createRouter,
} from '@tinysystems/engine';
import { FakeClock } from '@tinysystems/core/testing';

type Handler = (message: Json, scope: MessageScope, node: NodeHandle) => Promise<Reply> | Reply;

/** A component for a test: one in port `in`, out ports `out` and `ask`, and whatever else the test says. */
export interface TestComponent {
  readonly handle?: Handler;
  readonly settings?: JsonSchema;
  readonly control?: JsonSchema;
  readonly ports?: (settings: Json) => readonly PortDefinition[];
  readonly create?: (node: NodeHandle) => Partial<ComponentInstance>;
}

export function port(
  name: string,
  direction: 'in' | 'out',
  more: Partial<PortDefinition> = {},
): PortDefinition {
  return { name, label: name, position: 'left', direction, schema: ANY_SCHEMA, ...more };
}

export const PORTS: readonly PortDefinition[] = [
  port('in', 'in'),
  port('out', 'out'),
  port('ask', 'out', { reply: { type: 'number' } }),
];

/** Answers with what it got. */
export const echo: Handler = (message) => message as unknown as Reply;
/** Passes on what it got. */
export const pass: Handler = (message, scope) => scope.emit('out', message);

function toComponent(
  name: string,
  { handle = echo, settings, control, ports = () => PORTS, create }: TestComponent,
): Component {
  return {
    name,
    description: '',
    info: '',
    tags: [],
    settings,
    control,
    ports,
    create: (node) => ({
      handle: (_port, message, scope) => handle(message, scope, node),
      ...create?.(node),
    }),
  };
}

export type EdgeDraft = Partial<EdgeSpec> & Pick<EdgeSpec, 'to'>;

export function edge(draft: EdgeDraft): EdgeSpec {
  const defaults = {
    id: `to-${draft.to}`,
    port: 'out',
    toPort: 'in',
    configuration: undefined,
    onExpressionError: 'Fail',
    retry: undefined,
  } as const;
  return { ...defaults, ...draft };
}

export type NodeDraft = Partial<Omit<NodeSpec, 'edges'>> & { readonly edges?: readonly EdgeDraft[] };

export function node(name: string, component: string, draft: NodeDraft = {}): NodeSpec {
  return {
    name,
    namespace: 'test',
    uid: name,
    generation: 1,
    module: 'test',
    component,
    run: true,
    settings: {},
    ports: [],
    concurrency: DEFAULT_CONCURRENCY,
    flow: 'flow',
    project: 'project',
    ...draft,
    edges: (draft.edges ?? []).map(edge),
  };
}

export interface FlowOptions {
  readonly tracer?: Tracer;
  readonly metrics?: EngineMetrics;
  readonly remote?: Deliver;
  readonly loop?: LoopWatch;
  readonly holdsLease?: () => boolean;
  readonly budget?: ByteBudget;
  readonly secrets?: SecretSource;
  /** Default: yes. */
  readonly freezesMessages?: boolean;
}

/** Nodes in one process, on a clock that the test moves. Disposing it stops the replica. */
export class Flow implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly scheduler: Scheduler;
  readonly changed: string[] = [];
  readonly warnings: string[] = [];
  readonly logged: string[] = [];
  readonly route: Deliver;

  constructor(components: Readonly<Record<string, TestComponent>>, options: FlowOptions = {}) {
    const write = (_fields: object, message: string) => void this.logged.push(message);
    const deliver: Deliver = (message, signal) => this.route(message, signal);
    this.scheduler = new Scheduler({
      components: new ComponentRegistry(
        Object.entries(components).map(([name, component]) => toComponent(name, component)),
      ),
      deliver,
      createState: () => NO_STATE,
      tracer: options.tracer ?? NO_TRACER,
      metrics: options.metrics ?? NO_METRICS,
      clock: this.clock,
      freezesMessages: options.freezesMessages ?? true,
      random: () => 0.5,
      ...(options.budget && { budget: options.budget }),
      ...(options.loop && { loop: options.loop }),
      ...(options.holdsLease && { holdsLease: options.holdsLease }),
      ...(options.secrets && { secrets: options.secrets }),
      log: { debug: write, info: write, warn: write, error: write },
      onChange: (name) => void this.changed.push(name),
      warn: (name, reason, message) => void this.warnings.push(`${name} ${reason}: ${message}`),
    });
    const moduleOf = (name: string) => (name.startsWith('remote') ? 'elsewhere' : 'test');
    this.route = createRouter({
      moduleName: 'test',
      directory: { moduleOf, whenKnown: () => Promise.resolve(undefined) },
      tracer: options.tracer ?? NO_TRACER,
      local: this.scheduler.deliver,
      remote: (_module, message, signal) => (options.remote ?? this.scheduler.deliver)(message, signal),
    });
  }

  async apply(...specs: readonly NodeSpec[]): Promise<void> {
    for (const spec of specs) await this.scheduler.apply(spec);
  }

  /** Sends a message as a TinySignal does. */
  signal(
    to: string,
    data: Json = {},
    { timeoutMs = 30_000, signal, ...more }: SendOptions = {},
  ): Promise<Json | undefined> {
    const [name = '', portName = 'in'] = to.split(':');
    const deadlineMs = this.clock.now() + timeoutMs;
    const message = messageTo({ node: name, port: portName }, { data, deadlineMs, ...more });
    const parents = signal === undefined ? [] : [signal];
    return runChain({ clock: this.clock, deadlineMs, what: 'the signal', parents }, (chain) =>
      this.route(message, chain),
    );
  }

  report(name: string) {
    const runner = this.scheduler.runner(name);
    if (runner === undefined) throw new Error(`no runner ${name}`);
    return runner.report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.scheduler.stop();
    for (let isStopped = false; !isStopped;) {
      await this.clock.advance(5000);
      isStopped = await Promise.race([
        stopped.then(() => true),
        new Promise<boolean>((resolve) => setImmediate(resolve, false)),
      ]);
    }
  }
}

export interface SendOptions extends Partial<
  Pick<Message, 'from' | 'edgeId' | 'depth' | 'trace' | 'passed'>
> {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export function messageTo(to: Message['to'], more: Partial<Message> = {}): Message {
  return {
    from: undefined,
    to,
    edgeId: undefined,
    data: {},
    depth: 0,
    deadlineMs: Number.MAX_SAFE_INTEGER,
    trace: undefined,
    passed: undefined,
    ...more,
  };
}

/** A promise that a test settles. */
export class Gate<T = void> {
  readonly #settled = Promise.withResolvers<T>();
  readonly opened: Promise<T> = this.#settled.promise;

  open(value: T): void {
    this.#settled.resolve(value);
  }
}

/** How a promise ended, for many at once. */
export async function outcomes(promises: readonly Promise<unknown>[]): Promise<readonly string[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) =>
    result.status === 'fulfilled' ? 'ok' : String((result.reason as { code?: string }).code),
  );
}

const NO_STATE: NodeState = {
  get: () => undefined,
  set: async () => undefined,
  delete: async () => undefined,
  onChange: () => () => undefined,
};

export const NO_TRACER = new Tracer({
  sinks: [],
  defaults: { mode: 'off' },
  clock: new FakeClock(),
  random: () => 0.5,
});
