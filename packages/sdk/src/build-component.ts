import {
  type Background,
  type Charge,
  type Component,
  type ComponentInstance,
  type DetachOptions,
  type EmitOptions,
  type Json,
  type JsonSchema,
  type Log,
  MAX_STATE_BYTES,
  type MessageScope,
  type NodeHandle,
  type PortDefinition,
  type Reply,
  TinyError,
  type TraceContext,
  compileDecoder,
  isJsonObject,
  isSystemPort,
  withSecretReferences,
} from '@tinysystems/core';
import type { InputPort, OutputPort, Ports } from './ports.ts';
import { toJsonSchema, z } from './schema.ts';

/** What a component does, with the types of its ports left behind. */
export interface Behaviour {
  readonly on: Readonly<Record<string, (message: Json, context: MessageContext) => Promise<Reply> | Reply>>;
  readonly accept?: (settings: Json) => Promise<void> | void;
  readonly background?: Background;
  readonly submit?: (submission: Json, context: MessageContext) => Promise<Reply> | Reply;
  readonly view?: () => Json;
  readonly released?: () => Promise<void> | void;
  readonly deleted?: () => Promise<void> | void;
}

interface Description {
  readonly name: string;
  readonly description: string;
  readonly info?: string;
  readonly tags?: readonly string[];
  readonly settings?: z.ZodObject;
  readonly ports: Ports;
  readonly dynamicPorts?: unknown;
  readonly errorPort?: boolean;
  readonly control?: { readonly schema: z.ZodObject };
  readonly maxStateBytes?: number;
}

const ERROR_PORT = 'error';
const ERROR_SETTING = {
  enableErrorPort: z.boolean().default(false).meta({
    title: 'Error port',
    description: 'Emit failures on the port error instead of failing the caller.',
  }),
};
const ERROR_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    context: { title: 'Context' },
    error: { type: 'string', title: 'Error' },
    retryable: { type: 'boolean', title: 'Retryable' },
  },
  required: ['context', 'error', 'retryable'],
};

/** Makes what the engine runs: schemas are exported and checked here, once. */
export function buildComponent(description: Description, create: (node: NodeFacade) => Behaviour): Component {
  const { name, errorPort = false, dynamicPorts, maxStateBytes } = description;
  const where = `component ${name}`;
  const settingsSchema = errorPort
    ? (description.settings ?? z.object({})).extend(ERROR_SETTING)
    : description.settings;
  const settings =
    settingsSchema === undefined
      ? undefined
      : withSecretReferences(toJsonSchema(settingsSchema, `${where}, settings`));
  const fixed = toPortDefinitions(description.ports, where);
  if (errorPort) refuseErrorClash(description, where);
  if (maxStateBytes !== undefined) refuseStateLimit(maxStateBytes, where);
  if (dynamicPorts === undefined) refuseUnknownEmits(fixed, where);
  const dynamic = dynamicPorts as ((settings: Json) => Ports) | undefined;
  const ports = (current: Json): readonly PortDefinition[] => [
    ...fixed,
    ...(dynamic === undefined ? [] : toPortDefinitions(dynamic(current), where)),
    ...(isErrorPortOn(errorPort, current) ? [errorPortDefinition()] : []),
  ];
  if (dynamic !== undefined) makeUnderDefaults(ports, settings);
  return {
    name,
    description: description.description,
    info: description.info ?? '',
    tags: description.tags ?? [],
    settings,
    control:
      description.control === undefined
        ? undefined
        : toJsonSchema(description.control.schema, `${where}, control`),
    ...(maxStateBytes !== undefined && { maxStateBytes }),
    ports,
    create: (handle) => new SdkInstance(handle, create, errorPort),
  };
}

class SdkInstance implements ComponentInstance {
  readonly #facade: NodeFacade;
  readonly #behaviour: Behaviour;
  readonly background?: Background;
  readonly control?: (submission: Json, scope: MessageScope) => Promise<Reply> | Reply;
  readonly view?: () => Json;

  constructor(handle: NodeHandle, create: (node: NodeFacade) => Behaviour, hasErrorPort: boolean) {
    this.#facade = new NodeFacade(handle, hasErrorPort);
    this.#behaviour = create(this.#facade);
    const { background, submit, view } = this.#behaviour;
    if (background !== undefined) this.background = background;
    if (view !== undefined) this.view = view;
    if (submit !== undefined)
      this.control = (submission, scope) => submit(submission, new MessageContext(this.#facade, scope));
  }

  async settings(settings: Json): Promise<void> {
    await this.#behaviour.accept?.(settings);
    this.#facade.settings = settings;
  }

  handle(port: string, message: Json, scope: MessageScope): Promise<Reply> | Reply {
    const handler = this.#behaviour.on[port];
    if (handler === undefined)
      throw new TinyError('Permanent', 'PORT_UNKNOWN', `the component does not handle port ${port}`);
    if (!this.#facade.isErrorPortOn) return handler(message, new MessageContext(this.#facade, scope));
    const context = new MessageContext(this.#facade, scope, { message });
    return handleWithErrorPort(() => handler(message, context), message, context);
  }

  released(): Promise<void> | void {
    return this.#behaviour.released?.();
  }

  deleted(): Promise<void> | void {
    return this.#behaviour.deleted?.();
  }
}

/** What a component sees of its node; see `NodeContext`. */
export class NodeFacade {
  settings: Json = {};
  readonly #handle: NodeHandle;
  readonly #hasErrorPort: boolean;

  constructor(handle: NodeHandle, hasErrorPort: boolean) {
    this.#handle = handle;
    this.#hasErrorPort = hasErrorPort;
  }

  get isErrorPortOn(): boolean {
    return isErrorPortOn(this.#hasErrorPort, this.settings);
  }

  get name(): string {
    return this.#handle.name;
  }
  get namespace(): string {
    return this.#handle.namespace;
  }
  get flow(): string | undefined {
    return this.#handle.flow;
  }
  get project(): string | undefined {
    return this.#handle.project;
  }
  get state(): NodeHandle['state'] {
    return this.#handle.state;
  }
  get log(): Log {
    return this.#handle.log;
  }
  get signal(): AbortSignal {
    return this.#handle.signal;
  }

  charge(): Charge {
    return this.#handle.charge();
  }
  emit(port: string, data: Json, options?: EmitOptions): Promise<Reply> {
    return this.#handle.emit(port, data, options);
  }
  request(port: string, data: Json, options?: EmitOptions): Promise<Json> {
    return this.#handle.request(port, data, options);
  }
  /** @param message - whose handler emits; its context goes along with a failure. */
  detach(port: string, data: Json, options: DetachOptions = {}, message: Json = null): Promise<void> {
    if (!this.isErrorPortOn || port === ERROR_PORT || options.onFailure !== undefined)
      return this.#handle.detach(port, data, options);
    const onFailure = (error: TinyError) =>
      void this.#handle.detach(ERROR_PORT, failureMessage(error, message), options);
    return this.#handle.detach(port, data, { ...options, onFailure });
  }
  failureOf(thrown: unknown): TinyError {
    return this.#handle.failureOf(thrown);
  }
  refresh(): void {
    this.#handle.refresh();
  }
}

/** What a handler sees of its message; see `HandlerContext`. */
export class MessageContext {
  readonly node: NodeFacade;
  readonly #scope: MessageScope;
  /** Failures that came back from an emit belong to the nodes downstream; kept only where an error port asks. */
  readonly #downstream: Set<unknown> | undefined;
  readonly #message: Json | undefined;

  /** @param errorPort - is on: then failures say which message they belong to. */
  constructor(node: NodeFacade, scope: MessageScope, errorPort?: { readonly message: Json }) {
    this.node = node;
    this.#scope = scope;
    this.#message = errorPort?.message;
    this.#downstream = errorPort === undefined ? undefined : new Set();
  }

  get settings(): Json {
    return this.node.settings;
  }
  get signal(): AbortSignal {
    return this.#scope.signal;
  }
  get deadlineMs(): number {
    return this.#scope.deadlineMs;
  }
  get trace(): TraceContext {
    return this.#scope.trace;
  }
  get log(): Log {
    return this.node.log;
  }

  emit(port: string, data: Json): Promise<Reply> {
    return this.#watch(this.#scope.emit(port, data));
  }
  request(port: string, data: Json): Promise<Json> {
    return this.#watch(this.#scope.request(port, data));
  }
  detach(port: string, data: Json, options?: DetachOptions): Promise<void> {
    return this.node.detach(port, data, { ...options, scope: this.#scope }, this.#message);
  }

  isDownstream(error: unknown): boolean {
    return this.#downstream?.has(error) === true;
  }

  #watch<T>(sent: Promise<T>): Promise<T> {
    const downstream = this.#downstream;
    // Registered before the handler's own await, so the failure is known when the handler throws it on.
    if (downstream !== undefined) sent.catch((error: unknown) => downstream.add(error));
    return sent;
  }
}

async function handleWithErrorPort(
  run: () => Promise<Reply> | Reply,
  message: Json,
  context: MessageContext,
): Promise<Reply> {
  try {
    return await run();
  } catch (error) {
    if (context.signal.aborted || context.isDownstream(error)) throw error;
    return context.emit(ERROR_PORT, failureMessage(context.node.failureOf(error), message));
  }
}

/** What the error port emits. */
function failureMessage(failure: TinyError, message: Json): Json {
  const context = isJsonObject(message) && message['context'] !== undefined ? message['context'] : null;
  return { context, error: failure.message, retryable: failure.kind === 'Transient' };
}

function isErrorPortOn(hasErrorPort: boolean, settings: Json): boolean {
  return hasErrorPort && isJsonObject(settings) && settings['enableErrorPort'] === true;
}

function errorPortDefinition(): PortDefinition {
  return { name: ERROR_PORT, label: 'Error', position: 'bottom', direction: 'out', schema: ERROR_SCHEMA };
}

function refuseErrorClash({ ports, settings }: Description, where: string): void {
  const [setting] = Object.keys(ERROR_SETTING);
  if (ERROR_PORT in ports)
    throw new Error(`${where}: errorPort adds the port ${ERROR_PORT}; give the own one another name`);
  if (settings !== undefined && setting !== undefined && setting in settings.shape) {
    throw new Error(`${where}: errorPort adds the setting ${setting}; give the own one another name`);
  }
}

/** Dynamic ports that cannot be published are refused at declaration, as far as they are known without settings. */
function makeUnderDefaults(ports: Component['ports'], settings: JsonSchema = {}): void {
  const byDefault = compileDecoder(settings).decode({});
  if (byDefault.ok) ports(byDefault.value);
}

function refuseStateLimit(maxStateBytes: number, where: string): void {
  if (Number.isInteger(maxStateBytes) && maxStateBytes > 0 && maxStateBytes <= MAX_STATE_BYTES) return;
  throw new Error(
    `${where}: maxStateBytes is ${maxStateBytes}, but a state has 1 to ${MAX_STATE_BYTES} bytes: keep more in a database`,
  );
}

function refuseUnknownEmits(ports: readonly PortDefinition[], where: string): void {
  const outPorts = new Set(ports.filter(({ direction }) => direction === 'out').map(({ name }) => name));
  for (const { name, emits = [] } of ports) {
    const unknown = emits.find((port) => !outPorts.has(port));
    if (unknown === undefined) continue;
    throw new Error(`${where}, port ${name}: emits names ${unknown}, which is no out port of the component`);
  }
}

function toPortDefinitions(ports: Ports, where: string): readonly PortDefinition[] {
  return Object.entries(ports).map(([name, port]) => toPortDefinition(name, port, where));
}

function toPortDefinition(
  name: string,
  port: InputPort<unknown> | OutputPort<unknown, unknown>,
  where: string,
): PortDefinition {
  if (isSystemPort(name) || name.includes(':') || name === '') {
    throw new Error(
      `${where}: a port cannot be called ${JSON.stringify(name)}: no leading _, no colon, not empty`,
    );
  }
  const at = `${where}, port ${name}`;
  const shown = { name, label: port.label ?? labelOf(name), schema: toJsonSchema(port.schema, at) };
  if (port.direction === 'in') {
    const { position = 'left', emits, answers } = port;
    const said = { ...(emits !== undefined && { emits }), ...(answers !== undefined && { answers }) };
    return { ...shown, direction: 'in', position, ...said };
  }
  return {
    ...shown,
    direction: 'out',
    position: port.position ?? 'right',
    branches: port.branches,
    ...(port.reply !== undefined && { reply: toJsonSchema(port.reply, `${at}, reply`) }),
  };
}

function labelOf(name: string): string {
  const words = name.replaceAll(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
